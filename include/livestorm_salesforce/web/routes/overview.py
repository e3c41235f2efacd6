"""The overview: health, last success, next run, webinars, open items, calls left, latency, runs of two weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from livestorm_salesforce.enums import Severity
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import quarantine, run_queries, session_queries, task_failures, webinar_queries
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.run_queries import StoredRun
from livestorm_salesforce.web import budget
from livestorm_salesforce.web.airflow_data import DagRunState
from livestorm_salesforce.web.freshness import Freshness, freshness, last_report
from livestorm_salesforce.web.health import Facts, Forecast, health_of
from livestorm_salesforce.web.run_summary import RunSummary, summarize
from livestorm_salesforce.web.visit import Operator, Viewer, Visit

STRIP_DAYS, LATENCY_DAYS, WEBINARS = 14, 7, 5
#: Longest strip of runs; an hourly schedule has 336 runs in two weeks.
STRIP = 340

router = APIRouter()


@dataclass(frozen=True)
class Stored:
    """What the state database says; empty before the first run."""

    runs: Sequence[StoredRun] = ()
    statuses: dict[str, int] | None = None
    without_campaign: int = 0
    open_people: int = 0
    upcoming: Sequence[Any] = ()
    latest: Sequence[Any] = ()
    latency: session_queries.Latency | None = None
    livestorm: Forecast | None = None
    salesforce: dict[str, int] | None = None


@router.get("/", response_class=HTMLResponse)
def overview(visit: Viewer) -> HTMLResponse:
    """Counts only."""
    return visit.page("overview.html.j2", "overview", **_situation(visit))


@router.get("/card", response_class=HTMLResponse)
def card(visit: Viewer) -> HTMLResponse:
    """The health, for the card on Airflow's Home."""
    return visit.page("card.html.j2", "overview", **_situation(visit))


@router.post("/run")
def run(visit: Operator, mode: str = Form(pattern="^(apply|preview)$")) -> RedirectResponse:
    """Start a sync or a preview now, and show it."""
    run_id = visit.airflow.trigger(SYNC_DAG_ID, {"mode": mode}, visit.access.user_name)
    return RedirectResponse(visit.run_address(SYNC_DAG_ID, run_id), 303)


def _situation(visit: Visit) -> dict[str, Any]:
    now = visit.airflow.now()
    runs = visit.airflow.runs((SYNC_DAG_ID,), limit=STRIP)
    stored = _stored(visit.state, now) if visit.state else Stored()
    by_id = {(run.dag_id, run.run_id): run for run in stored.runs}
    summaries = [summarize(run, by_id.get((run.dag_id, run.run_id)), visit.prefix) for run in runs]
    fresh = freshness(visit)
    report = last_report(visit, fresh)
    facts = _facts(visit, stored, fresh, report)
    return {
        "facts": facts,
        "health": health_of(facts),
        "stored": stored,
        "failed": summarize(fresh.failed, None, visit.prefix) if fresh.failed else None,
        "failure": _first_failure(visit, fresh.failed) if fresh.failed else None,
        "last_report": report,
        "running": next((run for run in summaries if not run.is_ended), None),
        "strip": [run for run in reversed(summaries) if run.is_ended and _is_recent(run, now)],
    }


def _facts(visit: Visit, stored: Stored, fresh: Freshness, report: RunSummary | None) -> Facts:
    problems = [one for one in report.problems if one["severity"] == Severity.PROBLEM] if report else []
    return Facts(
        schedule=fresh.schedule,
        ended=fresh.decisive,
        last_success=fresh.last_success,
        open_items=stored.open_people + len(problems),
        approvals=sum(one.dag_id == SYNC_DAG_ID for one in visit.airflow.approvals()),
        now=fresh.now,
    )


def _stored(state: PairState, now: datetime) -> Stored:
    runs = run_queries.since(state, now - timedelta(days=STRIP_DAYS))
    rows = quarantine.load(state)
    waiting = rows[~rows["dismissed"].astype(bool)]
    return Stored(
        runs=runs,
        statuses=session_queries.counts_by_status(state),
        without_campaign=webinar_queries.count_webinars(state, webinar_queries.Filters(without_campaign=True)),
        open_people=int(waiting["person_id"].nunique()),
        upcoming=session_queries.upcoming(state, now, WEBINARS),
        latest=session_queries.latest(state, WEBINARS),
        latency=session_queries.latency(state, now, LATENCY_DAYS),
        livestorm=budget.livestorm_forecast(state, runs, now),
        salesforce=budget.salesforce_usage(runs),
    )


def _is_recent(run: RunSummary, now: datetime) -> bool:
    at = run.run.started_at or run.run.queued_at
    return at is not None and at > now - timedelta(days=STRIP_DAYS)


def _first_failure(visit: Visit, run: DagRunState) -> task_failures.Failure | None:
    failures = visit.failures(run.dag_id, run.run_id)
    return failures[0] if failures else None
