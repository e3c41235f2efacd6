"""Runs the tasks of a DAG run in one process. The sandbox is not imported, because memory is measured."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import discover as discover_task
from livestorm_salesforce.tasks import extract as extract_task
from livestorm_salesforce.tasks import load_campaigns as load_campaigns_task
from livestorm_salesforce.tasks import load_members as load_members_task
from livestorm_salesforce.tasks import load_people as load_people_task
from livestorm_salesforce.tasks import plan as plan_task
from livestorm_salesforce.tasks import report as report_task


def all_tasks(run_id: str, params: dict[str, Any], *, manual: bool, tries: int = 1) -> dict[str, Any]:
    """Run every task of a DAG run one after the other and return the report."""

    def task(name: str) -> TaskRun:
        return TaskRun(AppContext.from_environment(), run_id, name, params, manual, tries)

    found = discover_task.discover(task("discover"))
    if found["skipped"]:
        return report_task.report(task("report"))
    for batch in found["batches"]:
        extract_task.extract(task(f"extract-{batch}"), batch)
    planned = plan_task.plan(task("plan"))
    if task("load").writes:
        load_campaigns_task.load_campaigns(task("load_campaigns"))
        load_people_task.load_people(task("load_people"))
        for batch in planned["member_batches"]:
            load_members_task.load_members(task(f"load_members-{batch}"), batch)
    return report_task.report(task("report"))
