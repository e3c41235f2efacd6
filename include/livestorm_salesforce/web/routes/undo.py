"""Undo of a run: its preview starts on the page of the run; the page of the preview puts back what it lists."""

from __future__ import annotations

from typing import Any, NamedTuple

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse

from livestorm_salesforce.domain.audit.undo import LEAVE
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.web.access import Forbidden, Level
from livestorm_salesforce.web.airflow_data import ENDED, DagRunState
from livestorm_salesforce.web.visit import Operator, Visit

UNDO_DAG_ID = "livestorm_salesforce_undo"

router = APIRouter(prefix="/runs/{dag_id}/{run_id}")


class Undo(NamedTuple):
    """What an undo lists.

    Attributes:
        run_id: the run of the sync.
        counts: number of values by object and decision (`domain.audit.undo`).
        left: number of values that stay, by reason, the most frequent first.
        is_preview: it has written nothing.
    """

    run_id: str
    counts: dict[str, dict[str, int]]
    left: dict[str, int]
    is_preview: bool


@router.post("/undo")
def preview(visit: Operator, dag_id: str, run_id: str) -> RedirectResponse:
    """Start the preview of an undo of a run, and show it."""
    if dag_id != SYNC_DAG_ID:
        raise HTTPException(404, "run")
    return _start(visit, {"run_id": run_id, "mode": "preview"})


@router.post("/undo/apply")
def apply(visit: Operator, dag_id: str, run_id: str) -> RedirectResponse:
    """Start the undo that a preview has listed, and show it."""
    run = visit.airflow.run(dag_id, run_id)
    if run is None or dag_id != UNDO_DAG_ID:
        raise HTTPException(404, "run")
    return _start(visit, run.conf | {"mode": "apply"})


def may_undo(visit: Visit, run: DagRunState | None, document: dict[str, Any]) -> bool:
    """Whether the page of a run offers the preview of an undo.

    Args:
        document: public report of the run.
    """
    if run is None or run.dag_id != SYNC_DAG_ID or run.state not in ENDED or document.get("preview", True):
        return False
    written = sum(sum(counts.values()) for counts in document.get("objects", {}).values())
    return written > 0 and _may_start(visit) and visit.airflow.is_known(UNDO_DAG_ID)


def may_apply(visit: Visit, run: DagRunState | None, undo: Undo | None) -> bool:
    """Whether the page of the preview of an undo offers to put back what it lists."""
    if undo is None or run is None or run.state != "success" or not undo.is_preview:
        return False
    decisions = {decision for counts in undo.counts.values() for decision in counts}
    return bool(decisions - {LEAVE}) and _may_start(visit)


def undo_of(run: DagRunState | None, folder: Folder | None) -> Undo | None:
    """What the run of an undo lists; None for other runs, and before it has listed anything."""
    if run is None or run.dag_id != UNDO_DAG_ID or folder is None or not folder.has("undo.parquet"):
        return None
    rows = folder.read("undo", ["object", "decision", "why"])
    counts: dict[str, dict[str, int]] = {}
    for (sobject, decision), own in rows.groupby(["object", "decision"]):
        counts.setdefault(str(sobject), {})[str(decision)] = len(own)
    left = rows.loc[rows["decision"] == LEAVE, "why"].value_counts()
    mode = run.conf.get("mode", "preview")
    return Undo(
        str(run.conf.get("run_id", "")),
        counts,
        {str(why): int(count) for why, count in left.items()},
        mode == "preview",
    )


def _may_start(visit: Visit) -> bool:
    return visit.access.may(Level.TRIGGER, UNDO_DAG_ID)


def _start(visit: Visit, conf: dict[str, Any]) -> RedirectResponse:
    if not _may_start(visit):
        raise Forbidden(Level.TRIGGER)
    run_id = visit.airflow.trigger(UNDO_DAG_ID, conf, visit.access.user_name)
    return RedirectResponse(visit.run_address(UNDO_DAG_ID, run_id), 303)
