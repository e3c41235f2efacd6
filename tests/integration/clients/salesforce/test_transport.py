"""Retries and error classes of single calls."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query, SalesforceClientHook
from livestorm_salesforce.errors import ConfigError, ContractError, OutcomeUnknown, QuotaExhausted, TransientError
from tests.fake_clock import FakeClock
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.salesforce.conftest import TOKEN
from tests.integration.clients.scripted import Answer, in_turn

HTML = Answer(b"<html><body>canary</body></html>", headers={"Content-Type": "text/html"})
LEAD = Create("Lead", [{"LastName": "canary", "Email": "canary@example.test"}])
ROWS = [{"id": "00Q000000000001AAA", "success": True, "errors": []}]
EMPTY = {"totalSize": 0, "done": True, "records": []}
READ = Query("Lead", ["Id"])
TROUBLES = [
    Answer({}, 500),
    Answer(b"<html>canary</html>", 503),
    HTML,
    Answer({"a": "b" * 99}, cut=9),
    Answer(cut=-1),
    Answer([{"errorCode": "SERVER_UNAVAILABLE", "message": "canary"}], 503),
    Answer([{"errorCode": "UNKNOWN_EXCEPTION", "message": "canary"}], 400),
]
NAMES = ["500", "503 with a page", "HTML", "truncated", "cut", "unavailable", "crashed"]


def refusal(code: str, message: str = "canary", status: int = 400, **more) -> Answer:
    return Answer([{"errorCode": code, "message": message, **more}], status)


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
def test_a_write_without_a_clear_response_is_not_retried(salesforce, trouble):
    client, server, _ = salesforce(lambda asked: trouble)
    with pytest.raises(OutcomeUnknown) as caught:
        client.execute([LEAD])
    assert server.paths() == ["POST /services/oauth2/token", "POST /services/data/v67.0/composite/sobjects"]
    assert_no_canary(caught.value)


def test_a_write_that_times_out_is_not_retried(salesforce):
    client, server, _ = salesforce(lambda asked: Answer(ROWS, delay=1), write_timeout=0.2)
    with pytest.raises(OutcomeUnknown, match="no answer in time"):
        client.execute([LEAD])
    assert len(server.asked) == 2


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES)
def test_a_read_is_retried(salesforce, trouble):
    client, server, sleeps = salesforce(in_turn(trouble, trouble, Answer(EMPTY)))
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == client.calls == 4 and len(sleeps) == 2


def test_a_read_that_times_out_is_retried(salesforce):
    client, server, _ = salesforce(in_turn(Answer(EMPTY, delay=1), Answer(EMPTY)), timeout=(2, 0.2))
    assert client.execute([READ]) == [[]]
    assert len(server.asked) == 3


def test_a_composite_request_is_retried_only_without_a_write(salesforce):
    client, server, _ = salesforce(lambda asked: Answer({}, 502))
    with pytest.raises(TransientError) as caught:
        client.execute([READ, READ])
    assert not isinstance(caught.value, OutcomeUnknown) and len(server.asked) == 6
    with pytest.raises(OutcomeUnknown):
        client.execute([READ, LEAD])
    assert len(server.asked) == 7


def test_a_write_that_was_not_sent_is_a_transient_error(salesforce):
    client, server, _ = salesforce(lambda asked: Answer(EMPTY, headers={"Connection": "close"}))
    client.execute([READ])
    server.close()
    with pytest.raises(TransientError) as caught:
        client.execute([LEAD])
    assert not isinstance(caught.value, OutcomeUnknown)
    assert_no_canary(caught.value)


@pytest.mark.parametrize(
    "busy",
    [
        Answer({}, 429, headers={"Retry-After": "3"}),
        Answer({}, 420),
        refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", 403),
    ],
    ids=["429", "420", "too many long requests"],
)
def test_a_write_rejected_with_too_many_requests_is_retried(salesforce, busy):
    client, server, sleeps = salesforce(in_turn(busy, Answer(ROWS)))
    assert client.execute([LEAD])[0][0].success
    assert len(server.asked) == 3 and len(sleeps) == 1
    if busy.status == 429:
        assert sleeps == [3]


@pytest.mark.parametrize("request_", [READ, LEAD], ids=["read", "write"])
def test_the_daily_limit_is_not_retried(salesforce, request_):
    limit = refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
    client, server, sleeps = salesforce(lambda asked: limit)
    with pytest.raises(QuotaExhausted, match="daily API calls"):
        client.execute([request_])
    assert len(server.asked) == 2 and not sleeps


@pytest.mark.parametrize(
    "usage",
    ["api-usage=95/100", "api-usage=5/100; per-app-api-usage=240/250(appName=ours)"],
    ids=["org", "app"],
)
def test_the_reserve_of_daily_calls_is_not_used(salesforce, usage):
    client, server, _ = salesforce(lambda asked: Answer(EMPTY, headers={"Sforce-Limit-Info": usage}))
    assert client._transport.usage is None
    client.execute([READ])
    with pytest.raises(QuotaExhausted, match="kept in reserve"):
        client.execute([READ])
    assert len(server.asked) == 2


def test_the_usage_of_daily_calls_is_recorded(salesforce):
    usage = "api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)"
    client, _, _ = salesforce(lambda asked: Answer(EMPTY, headers={"Sforce-Limit-Info": usage}))
    client.execute([READ])
    assert client._transport.usage == (25, 5000)


def test_a_rejected_new_token_is_a_config_error_after_one_login(salesforce):
    client, server, _ = salesforce(lambda asked: refusal("INVALID_SESSION_ID", "Session expired or invalid", 401))
    with pytest.raises(ConfigError, match="401"):
        client.execute([LEAD])
    assert [path.split("/")[-1] for path in server.paths()] == ["token", "sobjects", "token", "sobjects"]


def test_the_token_of_another_task_is_used_before_a_login(salesforce, tmp_path):
    tokens = iter(["AQ.first", "AQ.second", "AQ.third"])
    good = {"Bearer AQ.first"}

    def respond(asked):
        ok = asked.headers["authorization"] in good
        return Answer(EMPTY) if ok else refusal("INVALID_SESSION_ID", "Session expired or invalid", 401)

    client, server, _ = salesforce(respond, login=lambda asked: Answer({**TOKEN.body, "access_token": next(tokens)}))
    client.execute([READ])
    good.clear()
    good.add("Bearer AQ.second")
    other = SalesforceClientHook().get_client(token_path=tmp_path / "token", clock=FakeClock())
    other.execute([READ])  # this task meets the expiry first and logs in
    client.execute([READ])
    assert server.paths().count("POST /services/oauth2/token") == 2


@pytest.mark.parametrize(
    ("answer", "error", "expected"),
    [
        (refusal("INSUFFICIENT_ACCESS_OR_READONLY", status=403), ConfigError, "forbids"),
        (refusal("API_DISABLED_FOR_ORG", status=403), ConfigError, "API_DISABLED_FOR_ORG"),
        (refusal("NOT_FOUND", "The requested resource does not exist", 404), ConfigError, "404"),
        (refusal("MALFORMED_QUERY", "unexpected token: 'canary'"), ContractError, "MALFORMED_QUERY"),
        (
            refusal(
                "INVALID_FIELD",
                "\nSELECT Nope FROM Lead WHERE Email = 'canary'\n ^\nERROR at Row:1:Column:8\nNo such column 'Nope' on "
                "entity 'Lead'. If you are attempting",
            ),
            ConfigError,
            "'Nope' of 'Lead'",
        ),
        (
            refusal("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: IsConverted, Title. Please"),
            ConfigError,
            "'IsConverted, Title'",
        ),
        (Answer(b"<html>canary</html>", 414), ConfigError, "414"),
        (Answer(b"<html>canary</html>", 403), ConfigError, "403"),
        (Answer({}, 302, headers={"Location": "https://canary.test/"}), ConfigError, "redirects"),
        (refusal("UNSUPPORTED_API_VERSION", status=410), ConfigError, "version"),
    ],
)
def test_other_rejections_name_the_remedy_and_no_value(salesforce, answer, error, expected):
    client, server, _ = salesforce(lambda asked: answer)
    with pytest.raises(error, match=expected) as caught:
        client.execute([READ])
    assert len(server.asked) == 2
    assert_no_canary(caught.value)


@pytest.mark.parametrize("page", [Answer(b"<html>canary</html>", 404), Answer({"detail": "canary"}, 404)])
def test_a_404_of_a_gateway_means_no_versions_and_is_an_error_for_an_object(salesforce, page):
    client, _, _ = salesforce(lambda asked: page)
    assert client.versions() == []
    with pytest.raises(ConfigError, match="404") as caught:
        client.find_object("Lead")
    assert_no_canary(caught.value)


def test_redirects_are_not_followed(salesforce, scripted):
    elsewhere = scripted(lambda asked: Answer(EMPTY))
    location = {"Location": f"http://127.0.0.1:{elsewhere.port}/"}
    client, _, _ = salesforce(lambda asked: Answer({}, 307, headers=location))
    with pytest.raises(ConfigError):
        client.execute([READ])
    assert not elsewhere.asked


def test_every_write_carries_the_headers_and_names_the_client(salesforce):
    client, server, _ = salesforce(lambda asked: Answer(ROWS))
    client.execute([LEAD])
    headers = server.asked[1].headers
    assert headers["sforce-auto-assign"] == "FALSE"
    assert headers["sforce-duplicate-rule-header"] == "allowSave=true"
    assert headers["sforce-call-options"] == "client=livestorm-salesforce"
    assert headers["content-type"] == "application/json; charset=UTF-8"


def test_assignment_and_duplicates_follow_the_options(salesforce):
    client, server, _ = salesforce(lambda asked: Answer(ROWS), auto_assign=True, duplicate_rule_allow_save=False)
    client.execute([LEAD])
    assert server.asked[1].headers["sforce-auto-assign"] == "TRUE"
    assert "sforce-duplicate-rule-header" not in server.asked[1].headers


def test_lone_surrogates_are_replaced(salesforce):
    client, server, _ = salesforce(lambda asked: Answer(ROWS))
    client.execute([Create("Lead", [{"LastName": "a\ud83d b\ud83d\ude00 😀"}])])
    assert server.asked[1].json["records"][0]["LastName"] == "a\ufffd b😀 😀"


def test_a_number_without_json_notation_is_an_error_before_the_call(salesforce):
    client, server, _ = salesforce(lambda asked: Answer(ROWS))
    with pytest.raises(ValueError):
        client.execute([Create("Lead", [{"NumberOfEmployees": float("nan")}])])
    assert not server.asked
