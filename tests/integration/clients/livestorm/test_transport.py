"""Budgets, limits, retries and errors of single calls."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from livestorm_salesforce.errors import ConfigError, ContractError, QuotaExhausted, TransientError
from tests.integration.clients.livestorm.workspace import Workspace, page, refusal
from tests.integration.clients.scripted import Answer, in_turn

EMPTY = page([], 0, 50)
NOW = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp())  # of the scripted server
HTML = Answer(b"<html>Bad gateway</html>", headers={"Content-Type": "text/html"})


def test_the_token_is_sent_raw_with_json_api(livestorm):
    client, server, _ = livestorm(Workspace(0), token="raw")
    client.list_sessions()
    assert server.asked[0].headers["authorization"] == "raw"
    assert server.asked[0].headers["accept"] == "application/vnd.api+json"


def test_a_netrc_file_does_not_replace_the_token(livestorm, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client, server, _ = livestorm(Workspace(0), token="raw")
    client.list_sessions()
    assert server.asked[0].headers["authorization"] == "raw"


def test_ping_accepts_an_empty_body(livestorm):
    client, server, _ = livestorm(lambda asked: Answer())
    assert client.ping() is None
    assert server.paths() == ["GET /v1/ping"]


@pytest.mark.parametrize(
    "trouble",
    [
        Answer({}, 500),
        Answer({}, 503, headers={"Retry-After": "7"}),
        HTML,
        Answer({"a": "b" * 99}, cut=9),
        Answer(cut=-1),
    ],
    ids=["500", "503", "HTML instead of JSON", "truncated", "cut"],
)
def test_a_transient_failure_is_retried(livestorm, trouble):
    client, server, sleeps = livestorm(in_turn(trouble, trouble, EMPTY))
    assert client.list_sessions() == []
    assert len(server.asked) == client.calls == 3
    assert len(sleeps) == 2
    if trouble.status == 503:
        assert sleeps == [7, 7]


def test_a_permanent_failure_is_a_transient_error_after_five_calls(livestorm):
    client, server, _ = livestorm(lambda asked: Answer({}, 502))
    with pytest.raises(TransientError, match="502"):
        client.list_sessions()
    assert len(server.asked) == 5


def test_a_refused_connection_is_a_transient_error_and_costs_no_call(livestorm):
    client, server, _ = livestorm(Workspace(0))
    server.close()
    with pytest.raises(TransientError, match="no connection"):
        client.ping()
    assert client.calls == 0


def test_a_missing_response_times_out(livestorm):
    client, _, _ = livestorm(lambda asked: Answer({}, delay=1), timeout=(1, 0.05), attempts=1)
    with pytest.raises(TransientError, match="in time"):
        client.ping()


def test_a_burst_429_is_retried_after_the_requested_wait(livestorm):
    client, server, sleeps = livestorm(in_turn(refusal(429, Retry_After="2"), EMPTY))
    assert client.list_sessions() == []
    assert 2 in sleeps and len(server.asked) == 2


def test_a_burst_429_without_retry_after_waits_a_second(livestorm):
    client, _, sleeps = livestorm(in_turn(refusal(429), EMPTY))
    client.list_sessions()
    assert 1 in sleeps


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "1", "RateLimit_Reset": str(NOW + 86_400)},
        {"RateLimit_Interval_Remaining": "0", "RateLimit_Reset": str(NOW + 86_400)},
        {"RateLimit_Interval_Remaining": "2", "RateLimit_Monthly_Remaining": "9000"},
        {"RateLimit_Reset": str(NOW + 1)},
        {"RateLimit_Reset": "soon", "RateLimit_Interval_Remaining": "none"},
    ],
    ids=["short Retry-After", "nothing left in the second", "calls left in the month", "near reset", "unreadable"],
)
def test_a_burst_429_is_retried_although_it_names_the_reset_of_the_month(livestorm, headers):
    client, server, _ = livestorm(in_turn(refusal(429, **headers), EMPTY))
    assert client.list_sessions() == []
    assert len(server.asked) == 2


def test_a_permanent_burst_429_is_a_transient_error(livestorm):
    client, server, _ = livestorm(lambda asked: refusal(429, Retry_After="1"))
    with pytest.raises(TransientError, match="5 calls a second"):
        client.list_sessions()
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "86400"},
        {"Retry_After": "1", "RateLimit_Monthly_Remaining": "0"},
        {"RateLimit_Montly_Remaining": "0"},
        {"ratelimit_monthly_remaining": "0", "RateLimit_Monthly_Limit": "10000"},
        {"RateLimit_Interval_Limit": "5", "RateLimit_Interval_Remaining": "4", "Retry_After": "1"},
        {"RateLimit_Reset": str(NOW + 86_400)},
    ],
    ids=["long Retry-After", "nothing left", "old spelling", "another case", "calls left in the second", "far reset"],
)
def test_a_quota_429_is_not_retried(livestorm, headers):
    client, server, sleeps = livestorm(lambda asked: refusal(429, **headers))
    with pytest.raises(QuotaExhausted):
        client.list_sessions()
    assert len(server.asked) == 1 and not sleeps


def test_a_429_after_the_last_call_of_the_month_is_a_quota_429(livestorm):
    last = page([], 0, 50)
    last.headers["RateLimit-Monthly-Remaining"] = "0"
    client, server, _ = livestorm(in_turn(last, refusal(429, Retry_After="1")), monthly_reserve=-1)
    client.list_sessions()
    with pytest.raises(QuotaExhausted, match="429"):
        client.list_sessions()
    assert len(server.asked) == 2


def test_limits_and_time_of_the_service_are_recorded(livestorm):
    answer = page([], 0, 50)
    answer.headers |= {"RateLimit-Monthly-Limit": "10000", "RateLimit-Monthly-Remaining": "9876"}
    client, _server, _ = livestorm(lambda asked: answer)
    assert (client.monthly_limit, client.monthly_remaining, client.server_time) == (None, None, None)
    client.list_sessions()
    assert (client.monthly_limit, client.monthly_remaining) == (10000, 9876)
    assert client.server_time == datetime(2026, 11, 23, 10, tzinfo=UTC)
    answer.headers = {"ratelimit-montly-remaining": "9875"}
    client.list_sessions()
    assert (client.monthly_limit, client.monthly_remaining) == (10000, 9875)


def test_an_older_response_does_not_raise_the_remaining_calls_but_a_renewal_does(livestorm):
    headers = iter([500, 501, 10000])

    def respond(asked):
        answer = page([], 0, 50)
        answer.headers["RateLimit-Monthly-Remaining"] = str(next(headers))
        return answer

    client, _, _ = livestorm(respond)
    remaining = []
    for _ in range(3):
        client.list_sessions()
        remaining.append(client.monthly_remaining)
    assert remaining == [500, 500, 10000]


def test_the_budget_of_the_run_is_not_exceeded(livestorm):
    client, server, _ = livestorm(Workspace(200), call_budget=2)
    with pytest.raises(QuotaExhausted, match="budget of 2"):
        list(client.people_pages("s1"))
    assert len(server.asked) == client.calls == 2


def test_the_monthly_reserve_is_not_used(livestorm):
    answer = page([], 0, 50)
    answer.headers["RateLimit-Monthly-Remaining"] = "500"
    client, server, _ = livestorm(lambda asked: answer, monthly_reserve=500)
    client.list_sessions()
    with pytest.raises(QuotaExhausted, match="500 are kept in reserve"):
        client.list_sessions()
    assert len(server.asked) == 1


DOORKEEPER = {"WWW_Authenticate": 'Bearer realm="Doorkeeper", error="invalid_token"'}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "unauthorized", "The API token is invalid"), "wrong, revoked, or lacks a scope"),
        (refusal(401, "unauthorized", **DOORKEEPER), "without 'Bearer '"),
        (refusal(401, "unauthorized", "Insufficient scope"), "lacks a scope"),
        (refusal(403, "forbidden", "The token does not have the required scopes"), "lacks a scope"),
        (refusal(403, "forbidden", "Your workspace is not validated"), "validate the workspace"),
        (refusal(403, "forbidden"), "a scope is missing, or the workspace"),
        (refusal(404), "base URL"),
        (Answer({}, 301, headers={"Location": "https://elsewhere.test/"}), "redirects"),
    ],
)
def test_a_wrong_setup_is_a_config_error_with_a_remedy(livestorm, answer, expected):
    client, server, _ = livestorm(lambda asked: answer)
    with pytest.raises(ConfigError, match=expected) as caught:
        client.list_sessions()
    assert len(server.asked) == 1
    assert "token-of-the-workspace" not in str(caught.value)


def test_another_rejection_is_a_contract_error(livestorm):
    client, _, _ = livestorm(lambda asked: refusal(400))
    with pytest.raises(ContractError, match="400"):
        client.list_sessions()


def test_no_exception_contains_an_address_or_a_cause(livestorm):
    client, server, _ = livestorm(Workspace(0))
    port = str(server.port)
    server.close()
    with pytest.raises(TransientError) as caught:
        client.list_sessions(email="canary@example.test")
    error: BaseException | None = caught.value
    while error is not None:
        assert port not in str(error) and "canary" not in str(error)
        error = error.__cause__ or error.__context__
