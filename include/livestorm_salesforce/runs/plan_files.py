"""The plan in its run folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

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


def load_plan(folder: Folder, selects: Callable[[pd.DataFrame], pd.Series] | None = None) -> Plan:
    """The plan of a run folder.

    Args:
        selects: which changes; the fields of others are not read. People, Campaigns, members, refusals and notes are.

    Raises:
        StalePlan: the folder has no plan.
    """
    plan_document(folder)
    files = folder.folder(NAME)
    changes = files.read("changes")
    if selects is None:
        fields = files.read("fields")
    else:
        changes = changes[selects(changes)].reset_index(drop=True)
        fields = files.read("fields", isin=("change_id", changes["change_id"]))
    others = {frame: files.read(frame) for frame in Plan.names() if frame not in ("changes", "fields")}
    return Plan(changes=changes, fields=fields, **others)


def plan_frame(folder: Folder, name: str, columns: list[str]) -> pd.DataFrame:
    """Columns of one frame of the plan."""
    return folder.folder(NAME).read(name, columns)


def load_plan_without_values(folder: Folder) -> Plan:
    """The plan of a run folder, with the columns `change_id` and `field` of its fields only: of a large run, the values
    take most of the memory.

    Raises:
        StalePlan: the folder has no plan.
    """
    plan_document(folder)
    columns = {"fields": ["change_id", "field"]}
    return Plan(**{frame: folder.folder(NAME).read(frame, columns.get(frame)) for frame in Plan.names()})
