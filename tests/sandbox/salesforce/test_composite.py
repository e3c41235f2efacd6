"""Composite requests: order, references and limits."""

from typing import Any

import pytest

from tests.sandbox.salesforce.conftest import Api

ROOT = "/services/data/v67.0"
QUERY = {"method": "GET", "url": f"{ROOT}/query?q=SELECT+Id+FROM+Lead"}
PERSON = {"LastName": "Doe", "Company": "Acme"}


def composite(api: Api, *requests: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    numbered = [{"referenceId": f"r{at}", **one} for at, one in enumerate(requests)]
    answer = api.post("/composite", {"compositeRequest": numbered, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["compositeResponse"]


def rejected(api: Api, *requests: Any, **more: Any) -> dict[str, Any]:
    answer = api.post("/composite", {"compositeRequest": list(requests), **more})
    assert answer.status_code == 400, answer.text
    return answer.json()[0]


def test_each_subrequest_has_its_own_status_and_body(api: Api, lead: str) -> None:
    done = composite(api, QUERY, {"method": "GET", "url": f"{ROOT}/sobjects/Nope/describe"},
                     {"method": "PATCH", "url": f"{ROOT}/sobjects/Lead/{lead}", "body": {"Title": "x"}})  # fmt: skip
    assert [one["httpStatusCode"] for one in done] == [200, 404, 204]
    assert done[0]["body"]["records"][0]["Id"] == lead
    assert done[1]["body"] == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
    assert done[2] == {"body": None, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "r2"}


@pytest.mark.parametrize("query", ["SELECT Id FROM Lead WHERE Email = 'jane@acme.io'",
                                   "SELECT%20Id%20FROM%20Lead%20WHERE%20Email%20%3D%20%27jane@acme.io%27"])  # fmt: skip
def test_a_query_can_be_percent_encoded(api: Api, lead: str, query: str) -> None:
    done = composite(api, {"method": "GET", "url": f"{ROOT}/query?q={query}"})
    assert done[0]["body"]["records"][0]["Id"] == lead


def test_a_subrequest_can_contain_a_long_query(api: Api, lead: str) -> None:
    addresses = ",".join(f"'person.number.{n}@a-company.example'" for n in range(1000))
    query = f"SELECT Id FROM Lead WHERE Email IN ({addresses},'jane@acme.io')"  # noqa: S608
    assert composite(api, {"method": "GET", "url": f"{ROOT}/query/?q={query}"})[0]["body"]["totalSize"] == 1


def test_subrequests_refer_to_results_of_earlier_ones(api: Api, lead: str) -> None:
    done = composite(
        api, QUERY,
        {"method": "POST", "url": f"{ROOT}/sobjects/Campaign", "body": {"Name": "From @{r0.records[0].Id}"}},
        {"method": "POST", "url": f"{ROOT}/sobjects/CampaignMember",
         "body": {"CampaignId": "@{r1.id}", "LeadId": "@{r0.records[0].Id}"}},
        {"method": "GET", "url": f"{ROOT}/sobjects/Campaign/@{{r1.id}}?fields=Name"},
    )  # fmt: skip
    assert [one["httpStatusCode"] for one in done] == [200, 201, 201, 200]
    assert done[3]["body"]["Name"] == f"From {lead}"
    assert done[1]["httpHeaders"]["Location"].endswith(done[1]["body"]["id"])


def test_an_invalid_reference_fails_its_subrequest_only(api: Api) -> None:
    done = composite(api, QUERY, {"method": "GET", "url": f"{ROOT}/sobjects/Lead/@{{r0.records[0].Id}}"}, QUERY)
    assert [one["httpStatusCode"] for one in done] == [200, 400, 200]
    message = "Invalid reference specified. No value for r0.records[0].Id found in r0"
    assert done[1]["body"] == [{"errorCode": "PROCESSING_HALTED", "message": message}]


def test_all_or_none_rolls_back_everything(api: Api) -> None:
    create = {"method": "POST", "url": f"{ROOT}/sobjects/Lead", "body": PERSON}
    done = composite(api, create, {**create, "body": {}}, create, allOrNone=True)
    assert [one["body"][0]["errorCode"] for one in done] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
    ]  # fmt: skip
    assert api.org.rows("Lead") == []
    assert api.org.writes.count(rejected=False) == 0


def test_collections_and_headers_in_a_subrequest(api: Api) -> None:
    records = [{"attributes": {"type": "Lead"}, **PERSON}] * 3
    done = composite(api, {"method": "POST", "url": f"{ROOT}/composite/sobjects", "body": {"records": records},
                           "httpHeaders": {"Sforce-Auto-Assign": "FALSE"}})  # fmt: skip
    assert [one["success"] for one in done[0]["body"]] == [True] * 3


def test_25_subrequests_are_the_limit(api: Api) -> None:
    one = {"method": "GET", "url": f"{ROOT}/limits"}
    numbered = [{**one, "referenceId": f"r{n}"} for n in range(26)]
    assert len(composite(api, *numbered[:25])) == 25
    assert rejected(api, *numbered)["errorCode"] == "LIMIT_EXCEEDED"


def test_five_queries_or_collections_are_the_limit(api: Api) -> None:
    heavy = [{**QUERY, "referenceId": f"q{n}"} for n in range(3)]
    heavy += [{"method": "POST", "url": f"{ROOT}/composite/sobjects", "body": {"records": []}, "referenceId": f"c{n}"}
              for n in range(3)]  # fmt: skip
    assert len(composite(api, *heavy[:5])) == 5
    assert rejected(api, *heavy)["errorCode"] == "LIMIT_EXCEEDED"


def test_an_invalid_subrequest_fails_the_whole_request(api: Api) -> None:
    assert rejected(api, {**QUERY, "referenceId": "a"}, {**QUERY, "referenceId": "a"})["errorCode"] == "INVALID_INPUT"
    assert rejected(api, {**QUERY, "referenceId": "a-b"})["errorCode"] == "INVALID_INPUT"
    assert rejected(api, QUERY)["errorCode"] == "JSON_PARSER_ERROR"
    assert rejected(api, {**QUERY, "referenceId": "a", "verb": "x"})["errorCode"] == "JSON_PARSER_ERROR"
