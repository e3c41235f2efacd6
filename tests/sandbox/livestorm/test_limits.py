"""Five calls a second, 10,000 in 30 days, and the headers that tell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client, Make


def test_four_headers_come_with_every_answer(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(interval_limit=5)
    headers = client.get("/ping").headers
    assert {name: value for name, value in headers.items() if name.startswith("ratelimit")} == {
        "ratelimit-monthly-limit": "10000", "ratelimit-monthly-remaining": "9999", "ratelimit-interval-limit": "5",
        "ratelimit-interval-remaining": "4",
    }  # fmt: skip
    assert client.get("/sessions/none").headers["RateLimit-Monthly-Remaining"] == "9998"


def test_the_sixth_call_of_a_second_is_refused_with_retry_after(make: Make) -> None:
    sandbox = make(settings={"interval_limit": 5})
    client = Client(sandbox.livestorm_url, sandbox.livestorm_token)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/ping"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 3
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.headers["Retry-After"], refused.headers["RateLimit-Interval-Remaining"]) == ("1", "0")
    assert refused.json()["errors"][0]["code"] == "429"
    assert sandbox.livestorm.quota.used == 5


def test_a_used_up_quota_asks_for_days_and_comes_back_after_30(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(monthly_limit=2)
    assert [client.get("/ping").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/ping").headers
    assert refused["RateLimit-Monthly-Remaining"] == "0"
    assert abs(int(refused["RateLimit-Reset"]) - (START + 30 * 86_400)) < 60
    assert int(refused["Retry-After"]) > 29 * 86_400
    sandbox.clock.advance(days=30, seconds=5)
    assert client.get("/ping").headers["RateLimit-Monthly-Remaining"] == "1"


def test_a_refused_token_costs_nothing(client: Client, sandbox: Sandbox) -> None:
    client.call("GET", "/ping", headers={"Authorization": "wrong"})
    assert (sandbox.livestorm.quota.used, sandbox.calls.list()[-1].cost) == (0, 0)


def test_the_headers_can_be_misspelt_as_in_2021(client: Client, sandbox: Sandbox) -> None:
    names = []
    for spelling in ("montly", "both"):
        sandbox.livestorm.settings.change(header_spelling=spelling)
        names.append({name for name in client.get("/ping").headers if name.endswith("ly-remaining")})
    assert names == [
        {"ratelimit-montly-remaining"},
        {"ratelimit-monthly-remaining", "ratelimit-montly-remaining"},
    ]
