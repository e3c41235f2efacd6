"""Every fault has its documented effect, on the selected calls, for both services."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from service_sandbox import Sandbox
from service_sandbox.control.faults import Faults
from tests.sandbox.conftest import START, Client

NEW_EVENT = ("/events", "events")


def events(sandbox: Sandbox) -> int:
    return len(sandbox.livestorm.events())


@pytest.mark.parametrize(("name", "expected"), [("reset", 0), ("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection_has_no_response_and_an_effect_only_after_the_service(
    client: Client, sandbox: Sandbox, name: str, expected: int
) -> None:
    sandbox.faults.add(name, method="POST", times=1)
    with pytest.raises(requests.ConnectionError):
        client.post(*NEW_EVENT, title="Once")
    assert events(sandbox) == expected
    assert (sandbox.calls.list()[-1].status, sandbox.calls.list()[-1].fault) == (0, name)
    assert client.post(*NEW_EVENT, title="Again").status_code == 201


def test_a_delayed_call_is_executed_when_it_is_due(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("cut_late", method="POST", times=2, seconds=20)
    for title in ("Once", "Twice"):
        with pytest.raises(requests.ConnectionError):
            client.post(*NEW_EVENT, title=title)
    assert (sandbox.calls.list()[-1].status, sandbox.calls.list()[-1].fault) == (0, "cut_late")
    sandbox.delayed_calls.run_due(19)
    assert events(sandbox) == 0
    sandbox.delayed_calls.run_due(20)
    assert events(sandbox) == 2
    assert client.post(*NEW_EVENT, title="Again").status_code == 201


def test_a_delayed_call_is_executed_without_a_request(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("cut_late", method="POST", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        client.post(*NEW_EVENT, title="Once")
    until = time.monotonic() + 20
    while not events(sandbox) and time.monotonic() < until:
        time.sleep(0.02)
    assert events(sandbox) == 1


def test_a_truncated_response_ends_early_after_the_call_is_executed(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("truncated", times=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.post(*NEW_EVENT, title="Half sent")
    assert events(sandbox) == 1


@pytest.mark.parametrize(("name", "status", "expected"), [("html", 502, 0), ("html", 503, 0), ("html_after", 502, 1)])
def test_a_proxy_error_is_an_html_page(client: Client, sandbox: Sandbox, name: str, status: int, expected: int) -> None:
    sandbox.faults.add(name, status=status)
    answer = client.post(*NEW_EVENT, title="Through a proxy")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert "Date" in answer.headers
    assert events(sandbox) == expected


def test_a_401_without_json(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("not_json")
    answer = client.get("/sessions")
    assert (answer.status_code, answer.text) == (401, "Unauthorized")


def test_an_error_has_the_format_of_livestorm(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error", nth=1)
    answer = client.get("/sessions")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (500, "500")
    assert client.get("/sessions").status_code == 200


def test_a_slow_response_exceeds_the_timeout_of_the_client(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("slow", seconds=0.5, times=1)
    with pytest.raises(requests.ReadTimeout):
        client.http.get(f"{client.url}/ping", timeout=0.1)
    assert client.get("/ping").status_code == 200


def test_a_short_page_is_not_the_last_one(client: Client, sandbox: Sandbox) -> None:
    for number in range(45):
        sandbox.livestorm.add_event(f"Event {number}")
    sandbox.faults.add("short_page", rows=3, nth=(1, 3))
    pages = [client.get("/events", page=page).json() for page in range(3)]
    assert [len(page["data"]) for page in pages] == [3, 20, 5]
    assert pages[0]["meta"]["next_page"] == 1


def test_a_row_is_inserted_between_two_pages(client: Client, sandbox: Sandbox) -> None:
    work = sandbox.livestorm
    session = work.add_session(work.add_event("Event"), START + 60)
    sandbox.faults.add("row_inserted", nth=(2, 4))
    totals = [client.get(f"/sessions/{session}/people").json()["meta"]["record_count"] for _ in range(4)]
    assert totals == [0, 1, 1, 2]


def test_a_session_is_deleted_between_list_and_read(client: Client, sandbox: Sandbox) -> None:
    work = sandbox.livestorm
    session = work.add_session(work.add_event("Event"), START + 60)
    sandbox.faults.add("session_deleted", call_type="sessions.people")
    assert [row["id"] for row in client.get("/sessions").json()["data"]] == [session]
    assert client.get(f"/sessions/{session}").status_code == 200
    assert client.get(f"/sessions/{session}/people").status_code == 404


def test_the_quota_of_livestorm_is_used_up(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("quota_used_up", nth=2)
    assert [client.get("/ping").status_code for _ in range(3)] == [200, 429, 429]


# --- selection of calls ---------------------------------------------------------------------------------------------


def affected(faults: Faults, number: int = 100, path: str = "/x", call_type: str = "x") -> list[int]:
    """Returns the numbers of the calls that a fault applies to."""
    return [call for call in range(1, number + 1) if faults.apply("livestorm", "GET", path, call_type)]


def test_nth_counts_matching_calls() -> None:
    faults = Faults()
    faults.add("error", nth=[2, 5], path="/people$", call_type="sessions")
    assert affected(faults, path="/events") == []
    assert affected(faults, path="/people", call_type="events") == []
    assert affected(faults, path="/people", call_type="sessions.people") == [2, 5]


def test_a_share_is_drawn_with_a_seed() -> None:
    draws = []
    for seed in (1, 1, 2):
        faults = Faults()
        faults.add("error", share=0.2, seed=seed)
        draws.append(affected(faults, 1000))
    assert draws[0] == draws[1] != draws[2]
    assert 150 < len(draws[0]) < 250


def test_times_limits_the_number_of_applications() -> None:
    faults = Faults()
    faults.add("error", times=2)
    assert affected(faults) == [1, 2]
    faults.clear()
    assert affected(faults) == []


def test_a_removed_fault_is_not_active() -> None:
    faults = Faults()
    kept, removed = faults.add("slow"), faults.add("error")
    faults.remove(removed)
    assert faults.list() == [kept]


@pytest.mark.parametrize("fields", [{"name": "flood"}, {"name": "error", "share": 2}, {"name": "error", "path": "("}])
def test_an_invalid_fault_is_rejected(fields: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"unknown fault|share|unterminated|missing"):
        Faults().add(**fields)


# --- Salesforce -----------------------------------------------------------------------------------------------------


@pytest.fixture
def salesforce(sandbox: Sandbox) -> Client:
    """A client that is logged in to the org."""
    http = requests.Session()
    http.verify, http.trust_env = sandbox.ca_bundle, False
    form = {"grant_type": "client_credentials", "client_id": sandbox.consumer_key,
            "client_secret": sandbox.consumer_secret}  # fmt: skip
    answer = http.post(f"{sandbox.salesforce_url}/services/oauth2/token", form, timeout=30)
    client = Client(f"{sandbox.salesforce_url}/services/data/v67.0", f"Bearer {answer.json()['access_token']}")
    client.http.verify = sandbox.ca_bundle
    return client


LEAD = {"LastName": "New", "Company": "Acme"}


def test_a_token_expires_between_two_calls(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("expired_token", nth=2)
    assert salesforce.call("GET", "/limits").status_code == 200
    answer = salesforce.call("GET", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_the_daily_limit_is_reached(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("daily_limit", times=1)
    answer = salesforce.call("GET", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_locked_records_rejects_the_next_records_only(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("locked_records", call_type="collections", records=2, times=1)
    records = [{"attributes": {"type": "Lead"}, **LEAD} for _ in range(3)]
    results = salesforce.call("POST", "/composite/sobjects", json={"records": records}).json()
    assert [result["success"] for result in results] == [False, False, True]
    assert results[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


@pytest.mark.parametrize(("name", "leads"), [("cut_before", 0), ("reset", 0), ("cut_after", 1), ("truncated", 1)])
def test_connections_are_cut_over_tls(salesforce: Client, sandbox: Sandbox, name: str, leads: int) -> None:
    sandbox.faults.add(name, service="salesforce", method="POST", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        salesforce.call("POST", "/sobjects/Lead", json=LEAD)
    assert len(sandbox.org.rows("Lead")) == leads


def test_an_error_has_the_format_of_salesforce(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error", service="salesforce", status=503, times=1)
    answer = salesforce.call("GET", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (503, "SERVER_UNAVAILABLE")


def test_short_pages_of_a_query_contain_all_records(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.org.insert("Lead", [{**LEAD, "LastName": f"L{number}"} for number in range(5)])
    sandbox.faults.add("short_page", service="salesforce", call_type="query", rows=2)
    answer = salesforce.call("GET", "/query", params={"q": "SELECT LastName FROM Lead"}).json()
    names = [row["LastName"] for row in answer["records"]]
    assert (answer["totalSize"], answer["done"], len(names)) == (5, False, 2)
    while not answer["done"]:
        answer = salesforce.call("GET", answer["nextRecordsUrl"].removeprefix("/services/data/v67.0")).json()
        names += [row["LastName"] for row in answer["records"]]
    assert sorted(names) == ["L0", "L1", "L2", "L3", "L4"]
