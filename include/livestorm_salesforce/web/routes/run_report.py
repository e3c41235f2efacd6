"""One run: its report, before there is one its plan or its progress, its refused rows and lists."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from livestorm_salesforce.domain.report.counts import object_counts, planned_records
from livestorm_salesforce.domain.report.row_problems import shown_refusals
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.state import field_labels, run_queries, webinar_queries
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.web.airflow_data import DagRunState
from livestorm_salesforce.web.csv_download import stored_csv
from livestorm_salesforce.web.names import names_of_run
from livestorm_salesforce.web.routes import undo
from livestorm_salesforce.web.routes.runs import current_step
from livestorm_salesforce.web.run_summary import RunSummary, summarize
from livestorm_salesforce.web.service_links import service_links
from livestorm_salesforce.web.visit import Editor, Operator, Viewer, Visit

#: CSV files of a run: the ids of their titles are `list-plan` and so on.
LISTS = ("plan", "undo", "quarantine")

router = APIRouter(prefix="/runs/{dag_id}/{run_id}")


@router.get("", response_class=HTMLResponse)
def report(visit: Viewer, dag_id: str, run_id: str) -> HTMLResponse:
    """Verdict, cause and remedy first; then counts, problems and sessions. Counts only."""
    folder, run = folder_of(visit, dag_id, run_id), visit.airflow.run(dag_id, run_id)
    stored = run_queries.of_ids(visit.state, {(dag_id, run_id)}).get((dag_id, run_id)) if visit.state else None
    kept = (folder.read_json("report") if folder else None) or {}
    document = kept or (stored.report if stored else None) or {}
    if run is None and not document and not _lists(folder) and not has_plan(folder):
        raise HTTPException(404, "run")
    summary = summarize(run, stored, visit.prefix) if run else None
    return visit.page(
        "run_report.html.j2",
        "run-report",
        dag_id=dag_id,
        run_id=run_id,
        here=visit.run_address(dag_id, run_id),
        summary=summary,
        step=current_step(visit, summary) if summary and not summary.is_ended else "",
        tasks=_failed_tasks(visit, summary),
        failures=visit.failures(dag_id, run_id),
        report=document if "buckets" in document else None,
        is_deleted=bool(document) and not kept,
        is_draft=bool(run and run.conf.get("mapping_draft")),
        sessions=folder.read_json("report_sessions", []) if folder else [],
        without=folder.read_json("report_without", []) if folder else [],
        lists=_lists(folder),
        labels=labels_of(visit),
        links=service_links(visit.app),
        **_of_plan(folder, document),
        **_of_undo(visit, run, folder, document),
    )


def _of_plan(folder: Folder | None, document: dict[str, Any]) -> dict[str, Any]:
    """Records, exceeded limits and fields of a plan that is not reported yet; the fields of a preview too."""
    is_waiting = has_plan(folder) and "buckets" not in document
    if folder is None or not (is_waiting or document.get("preview")):
        return {"planned": None, "safety": None, "fields": []}
    fields = (folder.read_json("plan") or {}).get("fields", [])
    if not is_waiting:
        return {"planned": None, "safety": None, "fields": fields}
    planned = object_counts(planned_records(load_plan(folder).changes))
    safety = folder.read_json("safety") or {"beyond": [], "counts": {}}
    return {"planned": planned, "safety": safety, "fields": fields}


def _of_undo(visit: Visit, run: DagRunState | None, folder: Folder | None, document: dict[str, Any]) -> dict[str, Any]:
    """What the run of an undo lists, and whether an undo can be started."""
    listed = undo.undo_of(run, folder)
    return {
        "undo": listed,
        "may_undo": undo.may_undo(visit, run, document),
        "may_apply": undo.may_apply(visit, run, listed),
    }


@router.post("/clear")
def clear(visit: Operator, dag_id: str, run_id: str) -> RedirectResponse:
    """Run the failed tasks of a run again, and the tasks after them."""
    visit.airflow.clear_failed(dag_id, run_id)
    return RedirectResponse(f"{visit.run_address(dag_id, run_id)}{'?embedded=1' if visit.embedded else ''}", 303)


@router.get("/refused", response_class=HTMLResponse)
def refused(visit: Editor, dag_id: str, run_id: str) -> HTMLResponse:
    """Refused rows with Salesforce's messages and remedies."""
    folder = folder_of(visit, dag_id, run_id)
    if not folder or not folder.has("accounting.parquet"):
        raise HTTPException(404, "list")
    rows = shown_refusals(folder.read("accounting"))
    return visit.page(
        "refused.html.j2",
        "refused",
        here=visit.run_address(dag_id, run_id),
        rows=rows,
        names=names_of_run(visit.app, run_id),
        webinars=webinar_queries.labels(visit.state, {row["session_id"] for row in rows}) if visit.state else {},
    )


@router.get("/{name}.csv")
def csv(visit: Editor, dag_id: str, run_id: str, name: Literal["plan", "undo", "quarantine"]) -> Response:
    """The plan, the list of an undo, or the rows in quarantine, as CSV."""
    folder, file = folder_of(visit, dag_id, run_id), f"{name}.csv"
    if not folder or not folder.has(file):
        raise HTTPException(404, "list")
    return stored_csv(name, folder.read_bytes(file), visit.t)


def folder_of(visit: Visit, dag_id: str, run_id: str) -> Folder | None:
    """The run folder; None before the first run. Access was granted for runs of this DAG: the path contains its id."""
    try:
        return visit.app.run_folder(dag_id, run_id)
    except ConfigError:
        return None


def labels_of(visit: Visit) -> dict[tuple[str, str], str]:
    """Labels of fields by object and field."""
    return field_labels.field_labels(visit.state) if visit.state else {}


def has_plan(folder: Folder | None) -> bool:
    """Whether a run has planned."""
    return bool(folder and folder.has("plan.json"))


def _lists(folder: Folder | None) -> list[str]:
    return [name for name in LISTS if folder and folder.has(f"{name}.csv")]


def _failed_tasks(visit: Visit, summary: RunSummary | None) -> list[str]:
    """The failed tasks of a run, without those that did not run because of them."""
    if summary is None or summary.run.state != "failed":
        return []
    tasks = visit.airflow.tasks(summary.run.dag_id, summary.run.run_id)
    return list(dict.fromkeys(visit.t.of("task", task.task_id) for task in tasks if task.state == "failed"))
