"""All webinars: Campaign or the reason for none, people on both sides, last and next read; backfill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from livestorm_salesforce.domain.sessions.backfill import Cost
from livestorm_salesforce.enums import SessionStatus
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import run_queries, sync_state, webinar_queries
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.webinar_queries import Filters, Webinar
from livestorm_salesforce.web.backfill import cost, known_sessions, salesforce_calls, start_of, stored_quota
from livestorm_salesforce.web.freshness import freshness
from livestorm_salesforce.web.funnel import Funnel
from livestorm_salesforce.web.paging import Paging, paging
from livestorm_salesforce.web.reasons import DEFERRED
from livestorm_salesforce.web.service_links import service_links
from livestorm_salesforce.web.visit import Operator, Viewer, Visit

PAGE_SIZE = 50

router = APIRouter(prefix="/webinars")


@dataclass(frozen=True)
class Line:
    """One webinar of the list."""

    webinar: Webinar
    funnel: Funnel

    @property
    def next_read(self) -> str:
        """When it is read next: the last part of the id of a message."""
        webinar = self.webinar
        if not webinar.in_scope or webinar.status in (SessionStatus.CANCELED, SessionStatus.DRAFT):
            return "none"
        if webinar.note.startswith(DEFERRED):
            return "deferred"
        return "next-run" if webinar.retry or webinar.read_at is None else "changes"


@router.get("", response_class=HTMLResponse)
def webinars(
    visit: Viewer,
    status: str = "",
    text: str = "",
    campaign: str = "",
    differences: str = "",
    sort: str = "",
    page: int = Query(0),
) -> HTMLResponse:
    """Counts only."""
    state = visit.state
    filters = Filters(status, text.strip(), campaign == "none")
    query = {"status": status, "text": text, "campaign": campaign, "differences": differences}
    choose = _differing if differences else _lines
    lines, total, paged = choose(state, filters, sort == "oldest", page) if state else ([], 0, Paging(0, 0))
    return visit.page(
        "webinars.html.j2",
        "webinars",
        lines=lines,
        total=total,
        statuses=webinar_queries.statuses(state) if state else [],
        filters=filters,
        differences=differences,
        is_filtered=filters != Filters() or bool(differences),
        sort=sort,
        query=urlencode({name: value for name, value in query.items() if value}),
        page=paged.page,
        count=paged.pages,
        links=service_links(visit.app),
        next_run=visit.airflow.schedule().next_at,
        fresh=freshness(visit),
    )


@router.get("/backfill", response_class=HTMLResponse)
def backfill(visit: Operator, start: str = "") -> HTMLResponse:
    """The cost of a backfill, before it starts."""
    began = start_of(start) if start else None
    found = _backfill_cost(visit, visit.state, began) if visit.state and began else None
    return visit.page(
        "backfill.html.j2",
        "backfill",
        start=start,
        is_invalid=bool(start) and began is None,
        began=began,
        cost=found,
        salesforce=salesforce_calls(found.sessions, found.registrants, visit.app.settings.bulk_above) if found else 0,
    )


@router.post("/backfill")
def start_backfill(visit: Operator, start: str = Form()) -> RedirectResponse:
    """Start a run that includes past webinars from a date on, and show it; without a date, show the form again."""
    began = start_of(start)
    if began is None:
        return RedirectResponse(f"{visit.prefix}/webinars/backfill?{urlencode({'start': start})}", 303)
    conf = {"mode": "apply", "backfill_from": began.isoformat()}
    run_id = visit.airflow.trigger(SYNC_DAG_ID, conf, visit.access.user_name)
    return RedirectResponse(visit.run_address(SYNC_DAG_ID, run_id), 303)


@router.post("/{session_id}/sync")
def sync(visit: Operator, session_id: str) -> RedirectResponse:
    """Start a run for one webinar, and show it."""
    run_id = visit.airflow.trigger(SYNC_DAG_ID, {"mode": "apply", "session_ids": [session_id]}, visit.access.user_name)
    return RedirectResponse(visit.run_address(SYNC_DAG_ID, run_id), 303)


def _lines(state: PairState, filters: Filters, oldest_first: bool, wanted: int) -> tuple[list[Line], int, Paging]:
    """The webinars of a page, and the number of all."""
    total = webinar_queries.count_webinars(state, filters)
    paged = paging(wanted, total, PAGE_SIZE)
    found = webinar_queries.webinars(
        state, filters, oldest_first=oldest_first, limit=PAGE_SIZE, offset=paged.page * PAGE_SIZE
    )
    groups = webinar_queries.groups(state, [webinar.session_id for webinar in found])
    lines = [Line(webinar, Funnel.of(webinar, groups[webinar.session_id])) for webinar in found]
    return lines, total, paged


def _differing(state: PairState, filters: Filters, oldest_first: bool, wanted: int) -> tuple[list[Line], int, Paging]:
    """As `_lines`, those in scope of which Salesforce does not hold everybody: registrations are counted once."""
    groups = webinar_queries.groups(state)
    found = webinar_queries.webinars(state, filters, oldest_first=oldest_first)
    lines = [Line(one, Funnel.of(one, groups[one.session_id])) for one in found if one.in_scope]
    short = [line for line in lines if line.funnel.is_short]
    paged = paging(wanted, len(short), PAGE_SIZE)
    return short[paged.page * PAGE_SIZE :][:PAGE_SIZE], len(short), paged


def _backfill_cost(visit: Visit, state: PairState, began: datetime) -> Cost:
    """The cost of a backfill from a date on, as `livestorm-salesforce backfill` states it, from the last lists."""
    stored, now = sync_state.load(state), pd.Timestamp(visit.airflow.now())
    percent = visit.app.mapping.reading.month_percent
    quota = stored_quota(stored, run_queries.monthly_limit(state), percent, now)
    return cost(webinar_queries.past_without_campaign(state, began), known_sessions(stored), quota)
