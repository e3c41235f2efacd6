"""Find a person: everything that is stored about one person, and why they are in Salesforce or not.

A search is sent by POST, so that no address is part of a URL, a log or the browser's history.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.state import change_queries, field_labels, people_queries, quarantine, webinar_queries
from livestorm_salesforce.state.change_queries import CampaignWebinar, Change
from livestorm_salesforce.state.frames import to_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.people_queries import Match, PersonKeys, PersonRegistration
from livestorm_salesforce.state.webinar_queries import Webinar
from livestorm_salesforce.web.access import Forbidden, Level
from livestorm_salesforce.web.names import PersonName, names_of, names_of_run
from livestorm_salesforce.web.service_links import service_links
from livestorm_salesforce.web.visit import Editor, Operator, Visit

QUARANTINE_DAG_ID = "livestorm_salesforce_quarantine"
#: Matches of a name that are offered, written values that are shown, run folders that are searched for names.
MATCHES, WRITES, FOLDERS = 25, 200, 10
RECORD_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
#: Livestorm's ids are UUIDs.
REGISTRANT_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

router = APIRouter(prefix="/people")


class PersonWebinar(NamedTuple):
    """A registration with its webinar, and the row in quarantine if it is held back."""

    registration: PersonRegistration
    webinar: Webinar | None
    held: dict[str, Any] | None


@dataclass(frozen=True)
class Person:
    """All that is stored about a person.

    Attributes:
        campaigns: the webinars of written members, by the id of the session or Campaign.
    """

    keys: PersonKeys
    name: PersonName
    webinars: list[PersonWebinar]
    writes: list[Change]
    campaigns: dict[str, CampaignWebinar]


class Candidate(NamedTuple):
    """One of several people whose name matches. `values` identify the person in a form."""

    name: str
    address: str
    values: dict[str, str]


@router.get("", response_class=HTMLResponse)
def form(visit: Editor) -> HTMLResponse:
    """The empty search form."""
    return _page(visit, "")


@router.post("", response_class=HTMLResponse)
def search(
    visit: Editor,
    text: str = Form(""),
    record_id: str = Form(""),
    registration: str = Form(""),
) -> HTMLResponse:
    """One person, or several to choose from.

    Args:
        text: e-mail address, name, or id of Salesforce or Livestorm.
        record_id: chosen by a click on a match.
        registration: session id and registrant id with a blank between them, chosen by a click in a list of people.
    """
    state, text = visit.state, text.strip()
    if state is None:
        return _page(visit, text)
    if registration:
        keys = _of_registration(state, registration)
    elif "@" in text and not record_id:
        keys = PersonKeys(addresses={_key(text)})
    elif record_id or (RECORD_ID.fullmatch(text) and any(char.isdigit() for char in text)):
        keys = _of_record(state, record_id or text)
    elif REGISTRANT_ID.fullmatch(text):
        keys = people_queries.of_registrant(state, text.lower())
    else:
        candidates = _by_name(visit, state, text)
        if len(candidates) != 1:
            return _page(visit, text, candidates=candidates)
        keys = _of_candidate(state, candidates[0])
    return _page(visit, text, person=_person(visit, state, keys))


@router.post("/settle")
def settle(
    visit: Operator,
    action: Literal["retry", "dismiss"] = Form(),
    row: str = Form(min_length=1),
    reason: str = Form("", max_length=200),
) -> RedirectResponse:
    """Start a run of the quarantine's DAG for one row, and show it.

    Args:
        row: session id and registrant id with a blank between them.
    """
    if not visit.access.may(Level.TRIGGER, QUARANTINE_DAG_ID):
        raise Forbidden(Level.TRIGGER)
    conf = {"action": action, "ids": [row], "reason": reason}
    run_id = visit.airflow.trigger(QUARANTINE_DAG_ID, conf, visit.access.user_name)
    return RedirectResponse(visit.run_address(QUARANTINE_DAG_ID, run_id), 303)


def _page(
    visit: Visit, text: str, *, person: Person | None = None, candidates: list[Candidate] | None = None
) -> HTMLResponse:
    return visit.page(
        "people.html.j2",
        "people",
        text=text,
        person=person,
        candidates=candidates,
        is_answer=visit.request.method == "POST",
        labels=field_labels.field_labels(visit.state) if visit.state and person else {},
        links=service_links(visit.app),
        writes_limit=WRITES,
    )


def _key(address: str) -> str:
    return str(normalize.key(pd.Series([address], dtype="str")).iloc[0])


def _of_record(state: PairState, text: str) -> PersonKeys:
    """A Lead or Contact, or the person of a Campaign Member, which `keys_of` finds by the audit log."""
    return people_queries.keys_of(state, PersonKeys({str(normalize.long_id(pd.Series([text])).iloc[0])}))


def _by_name(visit: Visit, state: PairState, text: str) -> list[Candidate]:
    """People whose names were written to Salesforce, and registrants without a record, from the newest run folders."""
    matches: list[Match] = people_queries.by_name(state, text, MATCHES)
    found = [Candidate(one.name, one.address, {"record_id": one.record_id}) for one in matches]
    known, words = {one.address for one in found}, text.split()
    for run_id in people_queries.runs_without_record(state, FOLDERS) if words else ():
        for (session_id, person_id), person in names_of_run(visit.app, run_id).items():
            address = person.address.lower()
            if people_queries.has_words(person.name, words) and address not in known:
                known.add(address)
                values = {"registration": f"{session_id} {person_id}"}
                found.append(Candidate(person.name, person.address, values))
    return found[:MATCHES]


def _of_candidate(state: PairState, candidate: Candidate) -> PersonKeys:
    if "record_id" in candidate.values:
        return PersonKeys({candidate.values["record_id"]})
    return _of_registration(state, candidate.values["registration"])


def _of_registration(state: PairState, ids: str) -> PersonKeys:
    session_id, _, person_id = ids.partition(" ")
    return people_queries.registration(state, session_id, person_id)


def _person(visit: Visit, state: PairState, start: PersonKeys) -> Person | None:
    keys = people_queries.keys_of(state, start)
    rows = people_queries.registrations(state, keys)
    filters = change_queries.Filters(records=frozenset(keys.records), addresses=frozenset(keys.addresses))
    writes = change_queries.changes(state, filters, limit=WRITES) if keys.records or keys.addresses else []
    if not rows and not writes:
        return None
    webinars = webinar_queries.labels(state, {row.session_id for row in rows})
    held = _held(visit, state)
    lines = [
        PersonWebinar(row, webinars.get(row.session_id), held.get((row.session_id, row.person_id))) for row in rows
    ]
    campaigns = change_queries.campaign_webinars(state, {row.campaign_ref for row in writes if row.campaign_ref})
    return Person(keys, _name(visit, state, keys, rows), lines, writes, campaigns)


def _held(visit: Visit, state: PairState) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows in quarantine by session id and registrant id, with the time from which a run tries again (`next_at`)."""
    rows = quarantine.load(state)
    rows["next_at"] = rows["last_at"] + pd.Timedelta(hours=visit.app.settings.quarantine_hours)
    return {(str(row["session_id"]), str(row["person_id"])): row for row in to_rows(rows)}


def _name(visit: Visit, state: PairState, keys: PersonKeys, rows: list[PersonRegistration]) -> PersonName:
    """The name of the newest registration that has one, else the one written to Salesforce."""
    names = names_of(visit.app, state, rows).names
    for row in rows:
        if name := names.get((row.session_id, row.person_id)):
            return name
    written = change_queries.names(state, keys.records, keys.addresses)
    return next((PersonName(name.name, name.address) for name in written.values()), PersonName())
