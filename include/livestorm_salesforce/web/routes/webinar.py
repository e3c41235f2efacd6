"""One webinar: its way into Salesforce in numbers, its people with the reason of each, and what runs have written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from livestorm_salesforce.state import people_queries, webinar_queries
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.people_queries import PersonRegistration, Selection
from livestorm_salesforce.state.webinar_queries import Webinar
from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.csv_download import BATCH, LIMIT, csv_download
from livestorm_salesforce.web.funnel import ABSENT, LEFT, UNWATCHED, Funnel
from livestorm_salesforce.web.names import FOLDERS, PersonName, names_of, names_of_run
from livestorm_salesforce.web.paging import paging
from livestorm_salesforce.web.reasons import reason_text
from livestorm_salesforce.web.service_links import service_links
from livestorm_salesforce.web.visit import Editor, Viewer, Visit

PAGE_SIZE = 50
CSV_COLUMNS = [
    "name", "e-mail", "registered-at-utc", "state", "reason", "attended", "watched", "record", "registrant",
]  # fmt: skip
LOADED_STEPS = {
    "in-salesforce": Selection(is_loaded=True),
    "attended": Selection(is_loaded=True, attended=True),
    "watched": Selection(is_loaded=True, watched=True),
}
MISSING_STEPS = {
    "attended": Selection(is_loaded=False, attended=True),
    "watched": Selection(is_loaded=False, watched=True),
}
#: People of the differences that are no reasons.
DIFFERENCES = {
    LEFT: Selection(in_list=False),
    ABSENT: Selection(is_loaded=True, attended=False),
    UNWATCHED: Selection(is_loaded=True, watched=False),
}

router = APIRouter(prefix="/webinars/{session_id}")


class PersonLine(NamedTuple):
    """One registrant of the list."""

    registration: PersonRegistration
    person: PersonName


@router.get("", response_class=HTMLResponse)
def webinar(
    visit: Viewer, session_id: str, step: str = "", why: str = "", names: str = "", page: int = Query(0)
) -> HTMLResponse:
    """Counts only; the people too for users who may view personal data.

    Args:
        names: `all` reads the names of all people of the page, which takes longer.
    """
    state, found = _found(visit, session_id)
    funnel = Funnel.of(found, webinar_queries.groups(state, [session_id])[session_id])
    step = step if any(one.name == step for one in funnel.steps()) else ""
    selection = selected(funnel, step, why)
    total = people_queries.count_of_session(state, session_id, selection)
    page, count = paging(page, total, PAGE_SIZE)
    folders = None if names == "all" else FOLDERS
    may_edit = visit.access.may(Level.EDIT)
    people, unread = _lines(visit, state, session_id, selection, page, folders) if may_edit else (None, 0)
    refs = {session_id, found.campaign_id or session_id}
    return visit.page(
        "webinar.html.j2",
        "webinar",
        webinar=found,
        funnel=funnel,
        here=f"{visit.prefix}/webinars/{session_id}",
        query=urlencode({name: value for name, value in (("step", step), ("why", why)) if value}),
        step=step,
        why=why,
        people=people,
        unread_folders=unread,
        all_names=names == "all",
        total=total,
        page=page,
        count=count,
        timeline=webinar_queries.timeline(state, refs),
        links=service_links(visit.app),
    )


@router.get("/people.csv")
def people_csv(visit: Editor, session_id: str, step: str = "", why: str = "") -> Response:
    """The people of the list as CSV."""
    state, found = _found(visit, session_id)
    selection = selected(Funnel.of(found, webinar_queries.groups(state, [session_id])[session_id]), step, why)
    return csv_download(f"webinar-{session_id}", CSV_COLUMNS, _batches(visit, state, session_id, selection), visit.t)


def selected(funnel: Funnel, step: str, why: str) -> Selection:
    """The people of a step of the funnel, or those of a difference between two steps."""
    if why in DIFFERENCES:
        return DIFFERENCES[why]
    if not why:
        return LOADED_STEPS.get(step, Selection())
    return MISSING_STEPS.get(step, Selection(is_loaded=False))._replace(reasons=tuple(funnel.reasons(why)))


def _found(visit: Visit, session_id: str) -> tuple[PairState, Webinar]:
    found = webinar_queries.webinar(visit.state, session_id) if visit.state else None
    if visit.state is None or found is None:
        raise HTTPException(404, "webinar")
    return visit.state, found


def _lines(
    visit: Visit, state: PairState, session_id: str, selection: Selection, page: int, folders: int | None
) -> tuple[list[PersonLine], int]:
    """The people of a page, and the number of run folders that may hold further names."""
    rows = people_queries.of_session(state, session_id, selection, limit=PAGE_SIZE, offset=page * PAGE_SIZE)
    names, unread = names_of(visit.app, state, rows, folders)
    return [PersonLine(row, names.get((row.session_id, row.person_id), PersonName())) for row in rows], unread


def _batches(visit: Visit, state: PairState, session_id: str, selection: Selection) -> Iterator[list[list[object]]]:
    """The rows of the CSV file; each run folder is read once."""
    read = cache(partial(names_of_run, visit.app))
    for rows in people_queries.batches_of_session(state, session_id, selection, limit=LIMIT, size=BATCH):
        names = names_of(visit.app, state, rows, folders=None, read=read).names
        yield [_cells(visit, row, names) for row in rows]


def _cells(visit: Visit, row: PersonRegistration, names: dict[tuple[str, str], PersonName]) -> list[object]:
    t, person = visit.t, names.get((row.session_id, row.person_id), PersonName())
    at = row.registered_at.strftime("%Y-%m-%d %H:%M") if row.registered_at else ""
    status = t("in-salesforce" if row.is_loaded else "not-in-salesforce")
    flags = [t("yes" if flag else "no") for flag in (row.attended, row.watched)]
    return [
        person.name, person.address, at, status, reason_text(t, row.reason), *flags, row.record_id, row.person_id
    ]  # fmt: skip
