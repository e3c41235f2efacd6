"""Unsupported calls are rejected in the format of Salesforce."""

import gzip
import json

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

NOT_FOUND = [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


@pytest.mark.parametrize(
    "path",
    ["/nope", "/sobjects/Nope/describe", "/composite/graph", "/search", "/tooling/query", "/sobjects/Lead/x/y/z/w"],
)
def test_an_unknown_path_is_not_found(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.json()[0]["errorCode"] == "NOT_FOUND"


@pytest.mark.parametrize("version", ["v99.0", "v67.1", "v0.0"])
def test_an_unknown_version_is_not_found(api: Api, version: str) -> None:
    answer = api.get(f"/services/data/{version}/limits")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_retired_version_is_a_410(api: Api) -> None:
    answer = api.get("/services/data/v30.0/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (410, "UNSUPPORTED_API_VERSION")


def test_resources_require_a_minimum_version(api: Api) -> None:
    assert api.get("/services/data/v40.0/jobs/ingest").status_code == 404
    assert api.get("/services/data/v41.0/jobs/ingest").status_code == 200


def test_an_unsupported_method_is_rejected_with_the_allowed_ones(api: Api) -> None:
    answer = api.call("PUT", "/query")
    assert answer.status_code == 405
    assert answer.json() == [
        {"message": "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET", "errorCode": "METHOD_NOT_ALLOWED"}
    ]


def test_a_trailing_slash_is_ignored(api: Api, lead: str) -> None:
    for path in (
        "/limits/",
        f"/sobjects/Lead/{lead}/",
        "/sobjects/Lead/describe/",
        "/sobjects/",
        "/query/?q=SELECT+Id+FROM+Lead",
    ):
        assert api.get(path).status_code == 200, path


def test_an_unknown_query_parameter_is_rejected(api: Api) -> None:
    answer = api.get("/query?q=SELECT+Id+FROM+Lead&explain=x")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_PARAMETER")


def test_an_unknown_property_is_a_parser_error(api: Api) -> None:
    answer = api.post("/composite/sobjects", {"records": [], "allOrNothing": True})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert 'Unrecognized field "allOrNothing"' in answer.json()[0]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"'])
def test_a_body_that_is_not_a_json_object_is_a_parser_error(api: Api, body: bytes) -> None:
    answer = api.call("POST", "/sobjects/Lead", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_another_content_type_is_rejected(api: Api) -> None:
    answer = api.call("POST", "/sobjects/Lead", data=b"<Lead/>", headers={"Content-Type": "application/xml"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_call_without_session_is_rejected(api: Api) -> None:
    del api.http.headers["Authorization"]
    answer = api.get("/limits")
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_versions_need_no_session_and_do_not_count_as_a_call(api: Api) -> None:
    del api.http.headers["Authorization"]
    before = api.service.limits.used
    answer = api.get("/services/data/")
    assert {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"} in answer.json()
    assert answer.json()[-1]["label"] == "Winter '27"
    assert "Sforce-Limit-Info" not in answer.headers
    assert api.service.limits.used == before


def test_a_body_can_be_compressed(api: Api) -> None:
    body = gzip.compress(json.dumps({"LastName": "Doe", "Company": "Acme"}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert api.call("POST", "/sobjects/Lead", data=body, headers=headers).status_code == 201


def test_a_uri_of_more_than_16384_bytes_is_too_long(api: Api) -> None:
    answer = api.get("/query?q=" + "x" * 16_384)
    assert answer.status_code == 414
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_headers_and_uri_of_more_than_16384_bytes_are_too_large(api: Api) -> None:
    answer = api.get("/query?q=" + "x" * 8_200, headers={"X-Long": "y" * 8_200})
    assert answer.status_code == 431
    assert api.get("/limits", headers={"X-Long": "y" * 8_000}).status_code == 200


def test_unicode_text_is_stored(api: Api, org: Org) -> None:
    name = "𝔉𝔯𝔞𝔫𝔨 🎥 שלום"
    record_id = api.post("/sobjects/Lead", {"LastName": name, "Company": "株式会社"}).json()["id"]
    assert api.get(f"/sobjects/Lead/{record_id}?fields=LastName,Company").json()["LastName"] == name


def test_an_error_of_the_sandbox_is_an_unknown_exception(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(api.service.limits, "respond", fail)
    answer = api.get("/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
