"""Every fault at every call: a client returns true results or raises an error, and writes nothing twice."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from livestorm_salesforce.clients.livestorm import LivestormHook
from livestorm_salesforce.clients.salesforce import Create, Query, SalesforceClientHook, Update
from livestorm_salesforce.errors import OutcomeUnknown, TransientError
from service_sandbox import Sandbox
from tests.fake_clock import FakeClock, FastClock
from tests.integration.clients.salesforce.bulk_rows import insert

FAULTS = ["reset", "cut_before", "cut_after", "truncated", "html", "html_after", "not_json", "error"]
CALLS = {"create": 2, "composite": 2, "bulk": 6}  # login included
numbers = itertools.count()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(seed="empty", directory=tmp_path_factory.mktemp("sandbox")) as made:
        made.livestorm.settings.interval_limit = 0
        yield made


@pytest.fixture
def salesforce(sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", sandbox.connections["AIRFLOW_CONN_SALESFORCE_DEFAULT"])
    yield SalesforceClientHook().get_client(token_path=tmp_path / "token", clock=FastClock())
    sandbox.faults.clear()


def fresh_leads(number: int) -> list[dict]:
    return [
        {"LastName": "canary", "Company": "canary", "Email": f"canary-{next(numbers)}@example.test"}
        for _ in range(number)
    ]


def write(client, way: str, leads: list[dict]) -> list:
    if way == "bulk":
        return insert(client, leads, match_on=["Email"])
    if way == "composite":
        half = len(leads) // 2
        _found, *parts = client.execute(
            [Query("Campaign", ["Id"]), Create("Lead", leads[:half]), Create("Lead", leads[half:])]
        )
        return [row for part in parts for row in part]
    return client.execute([Create("Lead", leads)])[0]


@pytest.mark.parametrize(
    ("way", "fault", "number"),
    [(way, fault, number) for way, calls in CALLS.items() for fault in FAULTS for number in range(1, calls + 1)],
)
def test_no_fault_creates_a_row_twice_and_every_success_is_real(sandbox, salesforce, way, fault, number):
    leads = fresh_leads(6)
    sandbox.faults.add(fault, service="salesforce", nth=number)
    failure = None
    try:
        results = write(salesforce, way, leads)
    except TransientError as error:
        failure = error
        assert "canary" not in f"{error} {error.__cause__} {error.__context__}"  # noqa: PT017
    made = Counter(row["Email"] for row in sandbox.org.rows("Lead"))
    there = [made[lead["Email"]] for lead in leads]
    assert max(there) <= 1
    if failure is None:
        ids = {row["Email"]: row["Id"] for row in sandbox.org.rows("Lead")}
        assert there == [1] * 6 and [row.id for row in results] == [ids[lead["Email"]] for lead in leads]
    else:
        assert isinstance(failure, OutcomeUnknown)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_update_with_a_lost_response_can_be_repeated(sandbox, salesforce, fault):
    leads = fresh_leads(2)
    ids = sandbox.org.insert("Lead", leads)
    update = Update("Lead", [{"Id": one, "Title": "CTO"} for one in ids])
    sandbox.faults.add(fault, service="salesforce", call_type="collections", nth=1)
    for _ in range(2):
        try:
            assert all(row.success for row in salesforce.execute([update])[0])
            break
        except OutcomeUnknown:
            continue
    titles = {row["Id"]: row["Title"] for row in sandbox.org.rows("Lead")}
    assert [titles[one] for one in ids] == ["CTO", "CTO"]


@pytest.mark.parametrize("fault", FAULTS)
def test_reads_of_both_services_survive_a_fault_at_any_call(sandbox, salesforce, monkeypatch, fault):
    monkeypatch.setenv("AIRFLOW_CONN_LIVESTORM_DEFAULT", sandbox.connections["AIRFLOW_CONN_LIVESTORM_DEFAULT"])
    event = sandbox.livestorm.add_event(f"Tour {next(numbers)}")
    session = sandbox.livestorm.add_session(event, sandbox.clock.now().timestamp() + 86400)
    for number in range(60):
        sandbox.livestorm.register(session, f"p{number}@example.test", "Ada", "Doe")
    livestorm = LivestormHook().get_client(clock=FakeClock())
    if fault != "not_json":  # an HTTP 401 is Livestorm's final word
        sandbox.faults.add(fault, service="livestorm", share=0.4, seed=1)
    reader = livestorm.people_pages(session)
    assert sum(len(page.data) for page in reader) == 60 and reader.is_complete
    expected = len(sandbox.org.rows("Lead"))
    sandbox.faults.add(fault, service="salesforce", nth=(1, 2))
    assert len(salesforce.query(Query("Lead", ["Id"]))) == expected


def test_short_pages_lose_no_registrant(sandbox, salesforce, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_LIVESTORM_DEFAULT", sandbox.connections["AIRFLOW_CONN_LIVESTORM_DEFAULT"])
    event = sandbox.livestorm.add_event("Short pages")
    session = sandbox.livestorm.add_session(event, sandbox.clock.now().timestamp() + 86400)
    for number in range(120):
        sandbox.livestorm.register(session, f"p{number}@example.test", "Ada", "Doe")
    sandbox.faults.add("short_page", service="livestorm", nth=1, rows=10)
    reader = LivestormHook().get_client().people_pages(session)
    assert sum(len(page.data) for page in reader) == 120 and reader.is_complete
