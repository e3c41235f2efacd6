"""All runs of all DAGs of this project, as Airflow knows them, with their reports."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from livestorm_salesforce.state import run_queries
from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.airflow_data import DAG_IDS
from livestorm_salesforce.web.paging import paging
from livestorm_salesforce.web.run_summary import RunSummary, summarize
from livestorm_salesforce.web.visit import Viewer, Visit

PAGE_SIZE = 50

router = APIRouter()


class Line(NamedTuple):
    """One run of the list: summary, and the cause if it has failed or the step if it is running."""

    summary: RunSummary
    cause: str
    remedy: str
    step: str


@router.get("/runs", response_class=HTMLResponse)
def runs(visit: Viewer, dag: str = "", page: int = Query(0)) -> HTMLResponse:
    """Counts only. A page number out of range shows the nearest page."""
    visible = [dag_id for dag_id in DAG_IDS if visit.access.may(Level.VIEW, dag_id)]
    chosen = [dag_id for dag_id in visible if dag in ("", dag_id)]
    page, count = paging(page, visit.airflow.count_runs(chosen), PAGE_SIZE)
    found = visit.airflow.runs(chosen, limit=PAGE_SIZE, offset=page * PAGE_SIZE)
    stored = run_queries.of_ids(visit.state, {(run.dag_id, run.run_id) for run in found}) if visit.state else {}
    lines = [_line(visit, summarize(run, stored.get((run.dag_id, run.run_id)), visit.prefix)) for run in found]
    return visit.page("runs.html.j2", "runs", lines=lines, dag=dag, dags=visible, page=page, count=count)


def _line(visit: Visit, summary: RunSummary) -> Line:
    run, failures, step = summary.run, [], ""
    if run.state == "failed":
        failures = visit.failures(run.dag_id, run.run_id)
    elif not summary.is_ended:
        step = current_step(visit, summary)
    return Line(summary, failures[0].cause if failures else "", failures[0].remedy if failures else "", step)


def current_step(visit: Visit, summary: RunSummary) -> str:
    """The tasks that are running, with the number of ended instances of a mapped task."""
    tasks = visit.airflow.tasks(summary.run.dag_id, summary.run.run_id)
    active = {task.task_id for task in tasks if task.state in ("running", "deferred", "awaiting_input", "up_for_retry")}
    parts = []
    for name in sorted(active):
        same = [task for task in tasks if task.task_id == name]
        done = sum(task.ended_at is not None and task.state == "success" for task in same)
        label = visit.t.of("task", name)
        parts.append(f"{label} {done}/{len(same)}" if len(same) > 1 else label)
    return ", ".join(parts)
