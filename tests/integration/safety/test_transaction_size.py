"""Orgs whose triggers and flows fail large transactions: smaller ones are chosen automatically (field A3)."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.state import transaction_sizes
from service_sandbox.salesforce.org.automation_rules import TransactionLimit
from tests.harness.webinar import Webinar, run_undo
from tests.harness.world import World


def limit(world: World, **rule: Any) -> None:
    world.org.automation.transaction_limits.append(TransactionLimit(**rule))


def register(webinar: Webinar, count: int) -> None:
    for number in range(count):
        webinar.register(f"person{number}")


def run(webinar: Webinar) -> dict[str, Any]:
    webinar.world.sandbox.calls.reset()
    return webinar.world.run()


def attempts(world: World, sobject: str) -> int:
    """Rows of an object that were sent, rejected ones included."""
    return len([write for write in world.org.writes.all if write.object == sobject])


@pytest.mark.parametrize("error", ["soql", "cpu", "flow", "unknown"])
def test_transactions_that_exceed_a_limit_are_divided(webinar: Webinar, error: str) -> None:
    world = webinar.world
    limit(world, object="Lead", rows=50, error=error)
    limit(world, object="CampaignMember", cpu_ms_per_row=150, error=error)
    register(webinar, 120)
    report = run(webinar)
    assert (report["verdict"], len(world.org.rows("Lead")), len(world.org.rows("CampaignMember"))) == ("ok", 120, 120)
    # 120 rows, then twice 60, then 30 at a time
    assert attempts(world, "Lead") == 3 * 120 and attempts(world, "CampaignMember") == 2 * 120
    assert world.writes() <= 3 + 2 + 2  # with Campaign and statuses


def test_a_validation_rule_that_counts_records_divides_nothing(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse("Lead", "LastName", message="A company may have at most 5 members; only 10 contacts per account")
    register(webinar, 60)
    assert run(webinar)["buckets"]["refused"] == 60
    assert world.sandbox.calls.count(service="salesforce", call_type="collections.create") <= 2


def test_transactions_without_response_are_made_smaller(webinar: Webinar) -> None:
    """A proxy waits a minute, the org's automation takes longer for 120 rows: the response is lost each time."""
    world = webinar.world
    register(webinar, 120)
    world.sandbox.faults.add("error", service="salesforce", call_type="collections.create", nth=[1, 2], status=503)
    assert run(webinar)["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 120
    assert transaction_sizes.load(world.state)["Lead"].rows == 60


def test_one_row_that_fails_its_transaction_is_refused_alone(webinar: Webinar) -> None:
    world = webinar.world
    limit(world, object="Lead", field="LastName", pattern="^Person7son$", error="trigger")
    register(webinar, 60)
    report = run(webinar)
    assert {row["LastName"] for row in world.org.rows("Lead")} == {f"Person{n}son" for n in range(60) if n != 7}
    (problem,) = report["problems"]
    assert (problem["code"], problem["count"]) == ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 1)


@pytest.mark.parametrize("error", ["cpu", "trigger"])
def test_a_trigger_that_always_fails_costs_a_bounded_number_of_calls(webinar: Webinar, error: str) -> None:
    world = webinar.world
    limit(world, object="Lead", rows=0, error=error)
    register(webinar, 400)
    report = run(webinar)
    assert (report["buckets"]["refused"], len(world.org.rows("Lead"))) == (400, 0)
    assert world.writes() + world.sandbox.calls.count(service="salesforce", call_type="composite") <= 40


def test_rows_of_a_bulk_job_that_fail_this_way_are_written_by_collections(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = webinar.world
    monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", "100")
    limit(world, object="Lead", rows=40)
    register(webinar, 120)
    assert run(webinar)["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == 120
    assert world.sandbox.calls.count(service="salesforce", call_type="bulk.upload") == 2  # Leads and members


def test_the_size_is_known_to_later_loads_of_the_run(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    world = webinar.world
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MEMBER_BATCH", "200")
    other = webinar.world.livestorm.add_session(webinar.event, world.sandbox.clock.now())
    limit(world, object="CampaignMember", rows=100)
    register(webinar, 150)
    second = Webinar(world, webinar.event, other)
    register(second, 150)
    assert run(webinar)["verdict"] == "ok"
    assert len(world.org.rows("CampaignMember")) == 300
    assert attempts(world, "CampaignMember") == 150 + 300  # one transaction failed


def test_the_size_is_known_to_later_runs(webinar: Webinar) -> None:
    world = webinar.world
    limit(world, object="Lead", rows=50)
    register(webinar, 120)
    run(webinar)
    for number in range(120, 200):
        webinar.register(f"person{number}")
    sent = attempts(world, "Lead")
    assert run(webinar)["verdict"] == "ok"
    assert attempts(world, "Lead") - sent == 80, "no transaction had to be divided"


def test_a_setting_limits_the_size(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    world = webinar.world
    monkeypatch.setenv("LIVESTORM_SALESFORCE_TRANSACTION_ROWS", "50")
    limit(world, object="Lead", rows=50)
    register(webinar, 120)
    assert run(webinar)["verdict"] == "ok"
    assert attempts(world, "Lead") == 120


def test_an_undo_divides_its_transactions(webinar: Webinar) -> None:
    world = webinar.world
    webinar.world.org.insert(
        "Lead",
        [{"LastName": "Old", "Company": "Acme", "Email": f"person{n}@acme.example", "Title": "Old"} for n in range(60)],
    )
    register(webinar, 60)
    run(webinar)
    assert {row["Title"] for row in world.org.rows("Lead")} == {"Analyst"}
    limit(world, object="Lead", rows=20)
    run_undo(world)
    assert {row["Title"] for row in world.org.rows("Lead")} == {"Old"}
