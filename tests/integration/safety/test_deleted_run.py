"""Tasks of a run that never started, or whose folder was deleted, end with the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.errors import ConfigError, StalePlan, SyncError
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import extract, load_campaigns, load_members, load_people, plan, report, undo, webinars
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


@pytest.mark.parametrize("task", ["plan", "load_campaigns", "load_people", "load_members", "report"])
def test_a_run_folder_that_lost_files_is_an_error_with_a_remedy(webinar: Webinar, task: str) -> None:
    """An object storage deletes files by age one by one, and a disk is cleaned by hand."""
    webinar.register("ada")
    webinar.world.run(name="partly")
    run = webinar.world.task("partly", task)
    for file in Path(str(run.folder).removeprefix("file://")).rglob("*.parquet"):
        file.unlink()
    with pytest.raises(SyncError, match=r"is missing.*Remedy: trigger a new run"):
        TASKS[task](run)


@pytest.mark.parametrize("names", [webinars.read_by_batch, webinars.written_by_batch])
def test_a_mapped_task_is_named_without_its_files(webinar: Webinar, names: Callable[[TaskRun, int], object]) -> None:
    run = webinar.world.task("begun", "task")
    run.mark_started()
    with pytest.raises(SyncError):
        names(run, 0)
    run.folder.write_json("discover", {"batches": [["s"]]})
    run.folder.write_json("plan", {"member_batches": [["c"]], "read_at": 1.0})
    with pytest.raises(SyncError, match="is missing"):
        names(run, 0)


@pytest.mark.parametrize("task", ["extract", "plan", "load_campaigns", "load_people", "load_members", "undo"])
def test_a_task_of_a_run_that_only_started_names_the_remedy(webinar: Webinar, task: str) -> None:
    run = webinar.world.task("begun", task)
    run.mark_started()
    with pytest.raises((ConfigError, StalePlan), match="Remedy: "):
        TASKS[task](run)
    assert webinar.world.org.writes.count() == 0
