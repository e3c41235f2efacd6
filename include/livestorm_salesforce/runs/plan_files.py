"""The plan in its run folder."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.storage import Folder

NAME = "plan-first"


def plan_document(folder: Folder) -> dict[str, Any]:
    """`read_at` (epoch seconds when the current state was read), `member_batches` (Campaigns per batch), `verified`."""
    document: dict[str, Any] = folder.read_json("plan")
    return document


def save_plan(folder: Folder, plan: Plan) -> None:
    """Write the frames of a plan to a run folder."""
    for frame in Plan.names():
        folder.folder(NAME).write(frame, getattr(plan, frame))


def load_plan(folder: Folder) -> Plan:
    """The plan of a run folder."""
    return Plan(**{frame: folder.folder(NAME).read(frame) for frame in Plan.names()})
