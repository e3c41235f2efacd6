"""Each fault does what it says, to the calls it is meant for, on either service."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from service_sandbox import Sandbox
from service_sandbox.faults import Faults
from tests.sandbox.conftest import START, Client

NEW = ("/events", "events")


def events(sandbox: Sandbox) -> int:
    return len(sandbox.livestorm.events())


@pytest.mark.parametrize(("name", "seen"), [("reset", 0), ("cut_before", 0), ("cut_after", 1)])
def test_a_cut_call_has_no_answer_and_only_after_the_commit_an_effect(
    client: Client, sandbox: Sandbox, name: str, seen: int
) -> None:
    sandbox.faults.add(name, method="POST", times=1)
    with pytest.raises(requests.ConnectionError):
        client.post(*NEW, title="Once")
    assert events(sandbox) == seen
    assert (sandbox.calls.list()[-1].status, sandbox.calls.list()[-1].fault) == (0, name)
    assert client.post(*NEW, title="Again").status_code == 201


def test_a_call_that_is_carried_out_late_has_its_effect_when_nobody_waits_any_more(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.faults.add("cut_late", method="POST", times=2, seconds=20)
    for title in ("Once", "Twice"):
        with pytest.raises(requests.ConnectionError):
            client.post(*NEW, title=title)
    assert (sandbox.calls.list()[-1].status, sandbox.calls.list()[-1].fault) == (0, "cut_late")
    sandbox.late.pass_by(19)
    assert events(sandbox) == 0
    sandbox.late.pass_by(20)
    assert events(sandbox) == 2
    assert client.post(*NEW, title="Again").status_code == 201


def test_a_late_call_comes_by_itself(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("cut_late", method="POST", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        client.post(*NEW, title="Once")
    until = time.monotonic() + 20
    while not events(sandbox) and time.monotonic() < until:
        time.sleep(0.02)
    assert events(sandbox) == 1


def test_a_truncated_answer_is_carried_out_and_breaks_off(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("truncated", times=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.post(*NEW, title="Half told")
    assert events(sandbox) == 1


@pytest.mark.parametrize(("name", "status", "seen"), [("html", 502, 0), ("html", 503, 0), ("html_after", 502, 1)])
def test_a_proxys_page_is_html(client: Client, sandbox: Sandbox, name: str, status: int, seen: int) -> None:
    sandbox.faults.add(name, status=status)
    answer = client.post(*NEW, title="Through a proxy")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert "Date" in answer.headers
    assert events(sandbox) == seen


def test_a_401_that_is_not_json(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("not_json")
    answer = client.get("/sessions")
    assert (answer.status_code, answer.text) == (401, "Unauthorized")


def test_an_error_comes_in_the_services_own_shape(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error", nth=1)
    answer = client.get("/sessions")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (500, "500")
    assert client.get("/sessions").status_code == 200


def test_a_slow_answer_makes_an_impatient_client_give_up(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("slow", seconds=5, times=1)
    with pytest.raises(requests.ReadTimeout):
        client.http.get(f"{client.url}/ping", timeout=0.2)
    assert client.get("/ping").status_code == 200


def test_a_short_page_is_not_the_last_one(client: Client, sandbox: Sandbox) -> None:
    for number in range(45):
        sandbox.livestorm.add_event(f"Event {number}")
    sandbox.faults.add("short_page", rows=3, nth=(1, 3))
    pages = [client.get("/events", page=page).json() for page in range(3)]
    assert [len(page["data"]) for page in pages] == [3, 20, 5]
    assert pages[0]["meta"]["next_page"] == 1


def test_a_row_comes_in_between_two_pages(client: Client, sandbox: Sandbox) -> None:
    work = sandbox.livestorm
    session = work.add_session(work.add_event("Event"), START + 60)
    sandbox.faults.add("row_inserted", nth=(2, 4))
    totals = [client.get(f"/sessions/{session}/people").json()["meta"]["record_count"] for _ in range(4)]
    assert totals == [0, 1, 1, 2]


def test_a_session_is_deleted_between_list_and_read(client: Client, sandbox: Sandbox) -> None:
    work = sandbox.livestorm
    session = work.add_session(work.add_event("Event"), START + 60)
    sandbox.faults.add("session_deleted", kind="sessions.people")
    assert [row["id"] for row in client.get("/sessions").json()["data"]] == [session]
    assert client.get(f"/sessions/{session}").status_code == 200
    assert client.get(f"/sessions/{session}/people").status_code == 404


def test_the_quota_of_livestorm_runs_out(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("quota_used_up", nth=2)
    assert [client.get("/ping").status_code for _ in range(3)] == [200, 429, 429]


# --- which calls --------------------------------------------------------------------------------------------------


def strikes(faults: Faults, number: int = 100, method: str = "GET", path: str = "/x", kind: str = "x") -> list[int]:
    return [call for call in range(1, number + 1) if faults.strike("livestorm", method, path, kind)]


def test_a_fault_strikes_the_nth_call_that_matches() -> None:
    faults = Faults()
    faults.add("error", nth=[2, 5], path="/people$", kind="sessions")
    assert strikes(faults, path="/events") == []
    assert strikes(faults, path="/people", kind="events") == []
    assert strikes(faults, path="/people", kind="sessions.people") == [2, 5]


def test_a_share_is_drawn_from_a_seed_so_that_it_can_be_repeated() -> None:
    draws = []
    for seed in (1, 1, 2):
        faults = Faults()
        faults.add("error", share=0.2, seed=seed)
        draws.append(strikes(faults, 1000))
    assert draws[0] == draws[1] != draws[2]
    assert 150 < len(draws[0]) < 250


def test_times_bounds_how_often() -> None:
    faults = Faults()
    faults.add("error", times=2)
    assert strikes(faults) == [1, 2]
    faults.clear()
    assert strikes(faults) == []


def test_a_removed_fault_strikes_no_more() -> None:
    faults = Faults()
    kept, removed = faults.add("slow"), faults.add("error")
    faults.remove(removed)
    assert faults.list() == [kept]


@pytest.mark.parametrize("words", [{"name": "flood"}, {"name": "error", "share": 2}, {"name": "error", "path": "("}])
def test_a_fault_that_makes_no_sense_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"no fault|share|unterminated|missing"):
        Faults().add(**words)


# --- Salesforce ---------------------------------------------------------------------------------------------------


@pytest.fixture
def salesforce(sandbox: Sandbox) -> Client:
    """Logged in to the sandbox's org."""
    http = requests.Session()
    http.verify, http.trust_env = sandbox.ca_bundle, False
    form = {"grant_type": "client_credentials", "client_id": sandbox.consumer_key,
            "client_secret": sandbox.consumer_secret}  # fmt: skip
    answer = http.post(f"{sandbox.salesforce_url}/services/oauth2/token", form, timeout=30)
    client = Client(f"{sandbox.salesforce_url}/services/data/v67.0", f"Bearer {answer.json()['access_token']}")
    client.http.verify = sandbox.ca_bundle
    return client


LEAD = {"LastName": "New", "Company": "Acme"}


def test_a_token_expires_in_mid_run(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("expired_token", nth=2)
    assert salesforce.call("GET", "/limits").status_code == 200
    answer = salesforce.call("GET", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_the_daily_limit_is_reached_and_comes_back_a_day_later(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("daily_limit", times=1)
    answer = salesforce.call("GET", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_locks_refuse_the_next_records_and_no_others(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("locked_records", kind="collections", records=2, times=1)
    records = [{"attributes": {"type": "Lead"}, **LEAD} for _ in range(3)]
    results = salesforce.call("POST", "/composite/sobjects", json={"records": records}).json()
    assert [result["success"] for result in results] == [False, False, True]
    assert results[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


@pytest.mark.parametrize(("name", "leads"), [("cut_before", 0), ("reset", 0), ("cut_after", 1), ("truncated", 1)])
def test_cuts_over_tls(salesforce: Client, sandbox: Sandbox, name: str, leads: int) -> None:
    sandbox.faults.add(name, service="salesforce", method="POST", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        salesforce.call("POST", "/sobjects/Lead", json=LEAD)
    assert len(sandbox.org.rows("Lead")) == leads


def test_an_error_of_salesforce_is_an_array(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("error", service="salesforce", status=503, times=1)
    answer = salesforce.call("GET", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (503, "SERVER_UNAVAILABLE")


def test_a_query_gives_short_pages_and_loses_nothing(salesforce: Client, sandbox: Sandbox) -> None:
    sandbox.org.insert("Lead", [{**LEAD, "LastName": f"L{number}"} for number in range(5)])
    sandbox.faults.add("short_page", service="salesforce", kind="query", rows=2)
    answer = salesforce.call("GET", "/query", params={"q": "SELECT LastName FROM Lead"}).json()
    names = [row["LastName"] for row in answer["records"]]
    assert (answer["totalSize"], answer["done"], len(names)) == (5, False, 2)
    while not answer["done"]:
        answer = salesforce.call("GET", answer["nextRecordsUrl"].removeprefix("/services/data/v67.0")).json()
        names += [row["LastName"] for row in answer["records"]]
    assert sorted(names) == ["L0", "L1", "L2", "L3", "L4"]
