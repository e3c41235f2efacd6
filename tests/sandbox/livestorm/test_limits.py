"""5 calls per second, 10,000 calls in 30 days, and the headers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client


def test_every_response_has_four_headers(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(interval_limit=5)
    headers = client.get("/ping").headers
    assert {name: value for name, value in headers.items() if name.startswith("ratelimit")} == {
        "ratelimit-monthly-limit": "10000", "ratelimit-monthly-remaining": "9999", "ratelimit-interval-limit": "5",
        "ratelimit-interval-remaining": "4",
    }  # fmt: skip
    assert client.get("/sessions/none").headers["RateLimit-Monthly-Remaining"] == "9998"


def test_the_sixth_call_of_a_second_is_rejected_with_retry_after(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(interval_limit=5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/ping"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 3
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.headers["Retry-After"], refused.headers["RateLimit-Interval-Remaining"]) == ("1", "0")
    assert refused.json()["errors"][0]["code"] == "429"
    assert sandbox.livestorm.quota.used == 5


def test_a_used_up_quota_is_available_again_after_30_days(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(monthly_limit=2)
    assert [client.get("/ping").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/ping").headers
    assert refused["RateLimit-Monthly-Remaining"] == "0"
    assert abs(int(refused["RateLimit-Reset"]) - (START + 30 * 86_400)) < 60
    assert int(refused["Retry-After"]) > 29 * 86_400
    sandbox.clock.advance(days=30, seconds=5)
    assert client.get("/ping").headers["RateLimit-Monthly-Remaining"] == "1"


def test_a_call_with_an_invalid_token_does_not_use_the_quota(client: Client, sandbox: Sandbox) -> None:
    client.call("GET", "/ping", headers={"Authorization": "wrong"})
    assert (sandbox.livestorm.quota.used, sandbox.calls.list()[-1].cost) == (0, 0)


def test_the_spelling_of_headers_is_a_setting(client: Client, sandbox: Sandbox) -> None:
    names = []
    for spelling in ("montly", "both"):
        sandbox.livestorm.settings.change(header_spelling=spelling)
        names.append({name for name in client.get("/ping").headers if name.endswith("ly-remaining")})
    assert names == [
        {"ratelimit-montly-remaining"},
        {"ratelimit-monthly-remaining", "ratelimit-montly-remaining"},
    ]
