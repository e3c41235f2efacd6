"""Every task may be retried at any time, also after it was killed; the resulting org is the same."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from livestorm_salesforce.tasks import discover as discover_task
from livestorm_salesforce.tasks import load_campaigns as load_campaigns_task
from livestorm_salesforce.tasks import load_members as load_members_task
from livestorm_salesforce.tasks import load_people as load_people_task
from livestorm_salesforce.tasks import plan as plan_task
from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar, member_statuses

ROOT = Path(__file__).resolve().parents[3]
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


@pytest.mark.parametrize("name", LOADS)
def test_a_load_that_was_killed_after_its_write_is_retried(
    name: str, sandbox: Sandbox, pipeline: StagedRun, undisturbed: Callable[[], None]
) -> None:
    pipeline.start()
    pipeline.read_and_plan()
    for load in LOADS:
        if load == name:
            _killed(pipeline, load, sandbox)
        _call(pipeline, load, try_number=2 if load == name else 1)
    assert pipeline.report()["verdict"] == "ok"
    undisturbed()


def _call(pipeline: StagedRun, load: str, try_number: int) -> None:
    run = pipeline.task(load, try_number=try_number)
    batch = [0] if load == "load_members" else []
    getattr(importlib.import_module(f"livestorm_salesforce.tasks.{load}"), load)(run, *batch)


def _killed(pipeline: StagedRun, load: str, sandbox: Sandbox) -> None:
    """Runs the task in its own process and kills it while it waits for the response to a completed write."""
    sandbox.calls.reset()
    before = sandbox.org.writes.count()
    fault = sandbox.faults.add("slow", service="salesforce", method="POST", path="composite", seconds=30)
    code = f"from tests.harness.staged_run import StagedRun; from tests.harness.world import World; from tests.integration.pipeline.test_retries import _call; d = StagedRun(World(None, None)); d.run_id = {pipeline.run_id!r}; _call(d, {load!r}, 1)"  # noqa: E501
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)  # noqa: S603
    until = time.monotonic() + 60
    while sandbox.org.writes.count() == before and time.monotonic() < until:
        assert process.poll() is None, "the task ended before its write"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    sandbox.faults.remove(fault)
    assert sandbox.org.writes.count() > before


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
