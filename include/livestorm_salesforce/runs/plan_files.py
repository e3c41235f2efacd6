"""A plan as it is kept in its run's folder."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.domain.plan.plan import Plan
from livestorm_salesforce.runs.task_run import Run

FIRST_READ = "first"  # the plan that the `plan` task leaves


def plan_document(run: Run) -> dict[str, Any]:
    """When the plan's reading was made, and the Campaigns of each batch of members."""
    return run.folder.read_json("plan")


def save(run: Run, made: Plan, name: str = FIRST_READ) -> None:
    folder = run.folder.folder(f"plan-{name}")
    for frame in Plan.names():
        folder.write(frame, getattr(made, frame))


def saved(run: Run, name: str = FIRST_READ) -> Plan:
    folder = run.folder.folder(f"plan-{name}")
    return Plan(**{frame: folder.read(frame) for frame in Plan.names()})
