"""A DAG run's tasks in one process. Nothing of the sandbox is imported here: it is no part of what is measured."""

from __future__ import annotations

from typing import Any

from include.livestorm_salesforce import pipeline
from include.livestorm_salesforce.pipeline.run import Run


def all_tasks(run_id: str, params: dict[str, Any], *, by_hand: bool, tries: int = 1) -> dict[str, Any]:
    """Every task of a DAG run, one after the other, in this process."""

    def task(name: str) -> Run:
        return Run(run_id, params, name, by_hand, tries)

    for batch in pipeline.discover(task("discover"))["batches"]:
        pipeline.extract(task(f"extract-{batch}"), batch)
    planned = pipeline.plan(task("plan"))
    if task("load").writes:
        pipeline.load_campaigns(task("load_campaigns"))
        pipeline.load_people(task("load_people"))
        for batch in planned["member_batches"]:
            pipeline.load_members(task(f"load_members-{batch}"), batch)
    return pipeline.report(task("report"))
