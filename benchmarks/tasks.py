"""Runs the tasks of a DAG run in one process. The sandbox is not imported, because memory is measured."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.orchestration.task_process import collect_garbage_rarely, return_freed_memory
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks.discover import discover
from livestorm_salesforce.tasks.extract import extract
from livestorm_salesforce.tasks.load_campaigns import load_campaigns
from livestorm_salesforce.tasks.load_members import load_members
from livestorm_salesforce.tasks.load_people import load_people
from livestorm_salesforce.tasks.plan import plan
from livestorm_salesforce.tasks.report import report

TASKS = {"discover": discover, "plan": plan, "load_campaigns": load_campaigns, "load_people": load_people,
         "report": report}  # fmt: skip
MAPPED = {"extract": extract, "load_members": load_members}


def run_task(
    name: str, run_id: str, params: dict[str, Any], *, manual: bool, batch: int | None = None, tries: int = 1
) -> Any:
    """Run one task of a DAG run, or one batch of a mapped task, and return its result."""
    return_freed_memory()
    collect_garbage_rarely()
    task_id = name if batch is None else f"{name}-{batch}"
    run = TaskRun(AppContext.from_environment(), run_id, task_id, params, manual, tries)
    return TASKS[name](run) if batch is None else MAPPED[name](run, batch)


def all_tasks(run_id: str, params: dict[str, Any], *, manual: bool, tries: int = 1) -> dict[str, Any]:
    """Run every task of a DAG run one after the other and return the report."""

    def run(name: str, batch: int | None = None) -> Any:
        return run_task(name, run_id, params, manual=manual, batch=batch, tries=tries)

    found = run("discover")
    if found["skipped"]:
        return dict(run("report"))
    for batch in found["batches"]:
        run("extract", batch)
    planned = run("plan")
    writes = TaskRun(AppContext.from_environment(), run_id, "load", params, manual, tries).writes
    if writes and not planned["skipped"]:
        run("load_campaigns")
        run("load_people")
        for batch in planned["member_batches"]:
            run("load_members", batch)
    return dict(run("report"))
