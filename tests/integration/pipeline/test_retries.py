"""Every task may be retried at any time; the resulting org is the same. `tests/faults/test_killed.py` kills workers."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest

from livestorm_salesforce.tasks import discover as discover_task
from livestorm_salesforce.tasks import load_campaigns as load_campaigns_task
from livestorm_salesforce.tasks import load_members as load_members_task
from livestorm_salesforce.tasks import load_people as load_people_task
from livestorm_salesforce.tasks import plan as plan_task
from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar, member_statuses

LOADS = ["load_campaigns", "load_people", "load_members"]


def shape(sandbox: Sandbox) -> dict[str, list]:
    """The org without ids and times."""
    leads = sorted((row["Email"], row["LastName"], row["Company"]) for row in sandbox.org.rows("Lead"))
    statuses = sorted((row["Label"], row["IsDefault"]) for row in sandbox.org.rows("CampaignMemberStatus"))
    campaigns = [(row["Name"], row["Livestorm_Session_Id__c"]) for row in sandbox.org.rows("Campaign")]
    return {
        "leads": leads,
        "statuses": statuses,
        "campaigns": campaigns,
        "members": sorted(member_statuses(sandbox).items()),
    }


@pytest.fixture
def undisturbed(sandbox: Sandbox, pipeline: StagedRun) -> Callable[[], None]:
    """Asserts that the org has five people, each once and each a member, and that a run finds no changes."""
    _, people = add_webinar(sandbox)

    def check() -> None:
        found = shape(sandbox)
        assert [lead[0] for lead in found["leads"]] == sorted(people)
        assert found["members"] == sorted((person, "Registered") for person in people)
        assert len(found["campaigns"]) == 1
        assert {label for label, _ in found["statuses"]} >= {"Registered", "Attended", "Not Attended"}
        sandbox.org.writes.reset()
        assert pipeline.run(full_read=True)["verdict"] == "ok"
        assert sandbox.org.writes.count() == 0

    return check


def _call(pipeline: StagedRun, load: str, try_number: int) -> None:
    run = pipeline.task(load, try_number=try_number)
    batch = [0] if load == "load_members" else []
    getattr(importlib.import_module(f"livestorm_salesforce.tasks.{load}"), load)(run, *batch)


@pytest.mark.parametrize("name", LOADS)
def test_a_write_whose_response_is_lost_is_not_repeated(
    name: str, sandbox: Sandbox, pipeline: StagedRun, undisturbed: Callable[[], None]
) -> None:
    pipeline.start()
    pipeline.read_and_plan()
    for load in LOADS:
        if load == name:
            sandbox.faults.add("cut_after", service="salesforce", method="POST", path="composite", times=1)
        _call(pipeline, load, try_number=1)
    assert pipeline.report()["verdict"] == "ok"
    undisturbed()


def test_every_task_cleared_in_an_odd_order(
    sandbox: Sandbox, pipeline: StagedRun, undisturbed: Callable[[], None]
) -> None:
    pipeline.run()
    load_members_task.load_members(pipeline.task("load_members", 0, try_number=2), 0)
    plan_task.plan(pipeline.task("plan", try_number=2))
    load_people_task.load_people(pipeline.task("load_people", try_number=2))
    discover_task.discover(pipeline.task("discover", try_number=2))
    load_campaigns_task.load_campaigns(pipeline.task("load_campaigns", try_number=2))
    load_members_task.load_members(pipeline.task("load_members", 0, try_number=3), 0)
    (problem,) = [one for one in pipeline.report()["problems"] if one["severity"] != "note"]
    assert problem["code"] == "SESSION_UNREAD", "discover was cleared and extract was not"
    undisturbed()
