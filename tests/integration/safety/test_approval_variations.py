"""A plan that waits for a person: rejected, unanswered, computed again, or overtaken by other writes (field A17)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.errors import StalePlan
from livestorm_salesforce.tasks import approval
from livestorm_salesforce.tasks import report as report_task
from livestorm_salesforce.tasks.load_campaigns import load_campaigns
from livestorm_salesforce.tasks.load_members import load_members
from livestorm_salesforce.tasks.load_people import load_people
from livestorm_salesforce.tasks.plan import plan
from tests.harness.webinar import Webinar
from tests.harness.world import World
from tests.integration.safety import situations

ASK = {"approve": "ask"}
RUN = "asked"
MAPPING = """
lead:
  LastName: last_name
  Email: {{from: email, policy: create_only}}
  Company: {}
  LeadSource: {{value: Webinar}}
"""


@pytest.fixture
def asked(webinar: Webinar) -> Webinar:
    """A run whose plan creates Ada, and which has asked."""
    webinar.register("ada")
    for name, do in webinar.world.tasks(RUN, ASK, manual=True):
        do(1)
        if name == "plan":
            break
    ask(webinar.world)
    return webinar


def ask(world: World) -> None:
    approval.ask(world.task(RUN, "approve", ASK), "/pages")


def answer(world: World, option: str, user: str | None = "Who Approves") -> None:
    approval.save_decision(world.task(RUN, "approve", ASK), option, user, datetime.now(UTC))


def rest_of_run(world: World) -> dict[str, Any]:
    load_campaigns(world.task(RUN, "load_campaigns", ASK))
    load_people(world.task(RUN, "load_people", ASK))
    load_members(world.task(RUN, "load_members-0", ASK), 0)
    return report_task.report(world.task(RUN, "report", ASK))


def rejected_report(world: World) -> dict[str, Any]:
    return report_task.report(approval.rejected(world.task(RUN, "report", ASK)))


def codes(report: dict[str, Any]) -> dict[str, int]:
    return {problem["code"]: problem["count"] for problem in report["problems"]}


def is_empty(world: World) -> bool:
    return not world.org.rows("Lead") and not world.org.rows("Campaign")


def test_an_approved_plan_is_written(asked: Webinar) -> None:
    answer(asked.world, "Approve")
    assert rest_of_run(asked.world)["verdict"] == "ok"
    assert len(asked.world.org.rows("CampaignMember")) == 1


@pytest.mark.parametrize(
    ("user", "text"), [("Who Rejects", "the plan was rejected"), (None, "nobody approved the plan in time")]
)
def test_a_rejected_and_an_unanswered_plan_write_nothing_and_the_next_run_plans_again(
    asked: Webinar, user: str | None, text: str
) -> None:
    world = asked.world
    answer(world, "Reject", user)
    report = rejected_report(world)
    (problem,) = [one for one in report["problems"] if one["code"] == "NOT_APPROVED"]
    assert text in problem["public"] and problem["remedy"]
    assert is_empty(world)
    assert world.run()["verdict"] == "ok"
    assert len(world.org.rows("CampaignMember")) == 1


@pytest.mark.parametrize("task", [load_campaigns, load_people])
def test_loads_that_are_cleared_after_a_rejection_write_nothing(asked: Webinar, task: Any) -> None:
    world = asked.world
    answer(world, "Reject")
    with pytest.raises(StalePlan, match="was rejected"):
        task(world.task(RUN, task.__name__, ASK))
    assert is_empty(world) and world.org.writes.count() == 0


def test_the_last_answer_counts(asked: Webinar) -> None:
    """The approval task is cleared: it asks again, and another person answers."""
    world = asked.world
    answer(world, "Approve")
    ask(world)
    answer(world, "Reject", "Second")
    with pytest.raises(StalePlan, match="was rejected"):
        load_campaigns(world.task(RUN, "load_campaigns", ASK))
    ask(world)
    answer(world, "Approve", "Third")
    assert rest_of_run(world)["verdict"] == "ok"


def test_a_plan_that_is_computed_again_after_its_approval_is_not_written(asked: Webinar) -> None:
    """Somebody clears the plan task alone: its new plan has a person whom nobody approved."""
    world = asked.world
    answer(world, "Approve")
    asked.register("bob")
    for name, do in world.tasks(RUN, ASK, manual=True):
        do(1)
        if name == "plan":
            break
    for task in (load_campaigns, load_people):
        with pytest.raises(StalePlan, match="computed again after its approval"):
            task(world.task(RUN, task.__name__, ASK))
    assert is_empty(world)


def test_the_same_plan_computed_again_is_still_approved(asked: Webinar) -> None:
    world = asked.world
    answer(world, "Approve")
    plan(world.task(RUN, "plan", ASK))
    assert rest_of_run(world)["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == 1


def test_another_run_wrote_everything_before_the_approval(asked: Webinar) -> None:
    world = asked.world
    world.run()
    writes = world.org.writes.count()
    answer(world, "Approve")
    report = rest_of_run(world)
    assert report["verdict"] == "ok" and world.org.writes.count() == writes
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1
    assert world.run()["verdict"] == "ok"
    assert world.org.writes.count() == writes


def test_a_newer_run_keeps_its_state(asked: Webinar) -> None:
    """The state of a run whose plan is older does not replace that of a newer one."""
    world = asked.world
    asked.register("bob")
    world.sandbox.clock.advance(hours=2)
    world.run()
    answer(world, "Approve")
    rest_of_run(world)
    writes = world.org.writes.count()
    world.sandbox.clock.advance(hours=2)
    assert world.run()["verdict"] == "ok"
    assert world.org.writes.count() == writes
    assert len(world.org.rows("Lead")) == 2


def test_a_new_value_of_the_mapping_waits_for_the_next_run(asked: Webinar, tmp_path: Path) -> None:
    """It was not approved."""
    world = asked.world
    answer(world, "Approve")
    situations.mapping(tmp_path, MAPPING.format("company"))
    rest_of_run(world)
    assert world.record("Lead")["LeadSource"] is None
    world.run()
    assert world.record("Lead")["LeadSource"] == "Webinar"
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1


def test_a_required_value_that_the_mapping_changes_supersedes_the_creation(asked: Webinar, tmp_path: Path) -> None:
    """The approved value is not wanted any more, and without it the record would be refused."""
    world = asked.world
    answer(world, "Approve")
    situations.mapping(tmp_path, MAPPING.format("{value: Unknown}"))
    report = rest_of_run(world)
    assert codes(report) == {"PLAN_SUPERSEDED": 1}
    assert report["verdict"] == "ok" and report["problems"][0]["remedy"]
    world.run()
    assert world.record("Lead")["Company"] == "Unknown"
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1


def test_a_value_that_changes_before_the_approval_is_reported(asked: Webinar) -> None:
    world = asked.world
    world.run()
    asked.register("bob")
    lead = world.record("Lead")["Id"]
    world.livestorm.edit_registration(asked.session, "ada@acme.example", job_title="CTO")
    answer(world, "Approve")
    world.org.edit(lead, Title="Chief")
    rest_of_run(world)
    world.run()
    assert world.record("Lead", Email="ada@acme.example")["Title"] == "CTO"
    assert len(world.org.rows("Lead")) == 2
