"""Tasks of a run that never started, or whose folder was deleted, end with the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from livestorm_salesforce.errors import ConfigError, StalePlan
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import extract, load_campaigns, load_members, load_people, plan, report, undo
from tests.harness.webinar import Webinar

TASKS: dict[str, Callable[[TaskRun], Any]] = {
    "extract": lambda run: extract.extract(run, 0),
    "plan": plan.plan,
    "load_campaigns": load_campaigns.load_campaigns,
    "load_people": load_people.load_people,
    "load_members": lambda run: load_members.load_members(run, 0),
    "report": lambda run: report.conclude(run, lambda _: None),
    "undo": undo.undo,
    "undo report": undo.report,
}


@pytest.mark.parametrize("task", TASKS)
def test_a_task_of_a_run_that_never_started_names_the_remedy(webinar: Webinar, task: str) -> None:
    run = webinar.world.task("never", task)
    with pytest.raises((ConfigError, StalePlan), match=r"never started.*Remedy: check both connections"):
        TASKS[task](run)
    assert not run.folder.has("ended.json"), "a folder without start time is never deleted"


@pytest.mark.parametrize("task", [name for name in TASKS if name != "undo report"])
def test_a_task_of_a_run_whose_folder_was_deleted_names_the_remedy(webinar: Webinar, task: str) -> None:
    webinar.register("ada")
    webinar.world.run(name="deleted")
    run = webinar.world.task("deleted", task)
    run.folder.remove()
    with pytest.raises((ConfigError, StalePlan), match="Remedy: "):
        TASKS[task](run)


@pytest.mark.parametrize("task", ["extract", "plan", "load_campaigns", "load_people", "load_members", "undo"])
def test_a_task_of_a_run_that_only_started_names_the_remedy(webinar: Webinar, task: str) -> None:
    run = webinar.world.task("begun", task)
    run.mark_started()
    with pytest.raises((ConfigError, StalePlan), match="Remedy: "):
        TASKS[task](run)
    assert webinar.world.org.writes.count() == 0
