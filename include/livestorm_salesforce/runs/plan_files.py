"""The plan in its run folder."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.errors import StalePlan
from livestorm_salesforce.storage import Folder

NAME = "plan-first"


def missing_run() -> StalePlan:
    """The error of a task whose run folder is missing or has no plan."""
    return StalePlan(
        "The current connections have no folder or plan of this run: a connection was changed since the run started, "
        "the folder was deleted, or the run never started. Nothing was written.",
        remedy="check both connections, then trigger a new run",
    )


def discovery(folder: Folder) -> dict[str, Any]:
    """The document of the discover task of a run.

    Raises:
        StalePlan: the folder has none.
    """
    document: dict[str, Any] | None = folder.read_json("discover")
    if document is None:
        raise missing_run()
    return document


def plan_document(folder: Folder) -> dict[str, Any]:
    """`read_at` (epoch seconds when the current state was read), `member_batches` (Campaigns per batch), `verified`,
    `fields` (`counts.field_counts`).

    Raises:
        StalePlan: the folder has no plan.
    """
    document: dict[str, Any] | None = folder.read_json("plan")
    if document is None:
        raise missing_run()
    return document


def save_plan(folder: Folder, plan: Plan) -> None:
    """Write the frames of a plan to a run folder."""
    for frame in Plan.names():
        folder.folder(NAME).write(frame, getattr(plan, frame))


def load_plan(folder: Folder) -> Plan:
    """The plan of a run folder.

    Raises:
        StalePlan: the folder has no plan.
    """
    plan_document(folder)
    return Plan(**{frame: folder.folder(NAME).read(frame) for frame in Plan.names()})
