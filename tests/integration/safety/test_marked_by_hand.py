"""Tasks cleared or marked as success by hand: nothing of an earlier pass is used, and unread sessions stay due."""

from __future__ import annotations

import pytest

from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.tasks import read_results
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import Webinar


@pytest.fixture
def staged(webinar: Webinar) -> StagedRun:
    return StagedRun(webinar.world)


def plan_and_load(staged: StagedRun) -> dict:
    from livestorm_salesforce.tasks import plan

    plan.plan(staged.task("plan"))
    staged.load()
    return staged.report()


def discover(staged: StagedRun) -> None:
    from livestorm_salesforce.tasks import discover as task_module

    assert task_module.discover(staged.task("discover"))["batches"] == [0]


def names(webinar: Webinar) -> list[str]:
    return sorted(row["Email"].split("@")[0] for row in webinar.world.org.rows("Lead"))


def test_a_cleared_run_does_not_use_what_its_earlier_pass_has_read(webinar: Webinar, staged: StagedRun) -> None:
    webinar.register("ada")
    staged.start()
    staged.read_and_plan()
    webinar.register("bob")
    discover(staged)  # the run is cleared; extract is marked as success by hand
    report = plan_and_load(staged)
    assert report["verdict"] == "problems"
    assert [(one["code"], one["count"]) for one in report["problems"] if one["severity"] == "problem"] == [
        ("SESSION_UNREAD", 1)
    ]
    assert names(webinar) == []
    assert webinar.world.run()["verdict"] == "ok"
    assert names(webinar) == ["ada", "bob"]


def test_a_session_without_a_result_is_unread_and_stays_due(webinar: Webinar, staged: StagedRun) -> None:
    webinar.register("ada")
    webinar.world.run()
    webinar.register("bob")
    staged.start()
    discover(staged)  # extract is marked as success by hand
    outcomes = read_results.outcomes_of(staged.task("plan"))
    assert outcomes["state"].tolist() == [ReadState.FAILED]
    assert "marked as success by hand" in outcomes["reason"].item()
    assert plan_and_load(staged)["verdict"] == "problems"
    webinar.world.run()
    assert names(webinar) == ["ada", "bob"]


@pytest.mark.parametrize(
    "marked",
    [["load_campaigns"], ["load_people"], ["load_members-0"], ["load_campaigns", "load_people", "load_members-0"]],
    ids=",".join,
)
def test_a_load_marked_as_success_is_reported_and_done_by_the_next_run(webinar: Webinar, marked: list[str]) -> None:
    webinar.register("ada")
    for task, do in webinar.world.tasks("run", {}, manual=False):
        if task not in marked:
            do(1)
    last = webinar.world.last
    assert last["verdict"] == "failed" and {one["code"] for one in last["problems"]} == {"NOT_LOADED"}
    assert webinar.world.run()["verdict"] == "ok"
    assert names(webinar) == ["ada"] and len(webinar.world.org.rows("CampaignMember")) == 1
