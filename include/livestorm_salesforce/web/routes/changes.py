"""Values that runs have written, by person or Campaign, with the reason of each; as CSV too.

A person is searched by POST, so that no name or address is part of a URL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response

from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.state import change_queries, field_labels, people_queries
from livestorm_salesforce.state.change_queries import CampaignWebinar, Change, FieldCount, Filters
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.people_queries import PersonKeys
from livestorm_salesforce.web.csv_download import LIMIT, csv_download
from livestorm_salesforce.web.paging import paging
from livestorm_salesforce.web.reasons import reason_text
from livestorm_salesforce.web.service_links import service_links
from livestorm_salesforce.web.translations import Translator
from livestorm_salesforce.web.visit import Editor, Visit

PAGE_SIZE = 100
#: People whose name matches the search for a person.
MATCHES = 50
CSV_COLUMNS = [
    "time-utc", "object", "action", "who", "webinar", "record", "field", "api-name", "before", "after", "reason", "run",
]  # fmt: skip

router = APIRouter(prefix="/changes")


@dataclass(frozen=True)
class Chosen:
    """The filters of the URL."""

    sobject: str = ""
    field: str = ""
    reason: str = ""
    action: str = ""
    run: str = ""

    @property
    def query(self) -> str:
        """The filters for addresses of pages."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def filters(self, keys: PersonKeys | None) -> Filters:
        """The filters for the database."""
        people = (frozenset(keys.records), frozenset(keys.addresses)) if keys else (None, frozenset[str]())
        return Filters(self.sobject, self.field, self.reason, self.action, self.run, *people)


ChosenFilters = Annotated[Chosen, Depends(Chosen)]


@router.get("", response_class=HTMLResponse)
def changes(visit: Editor, chosen: ChosenFilters, page: int = Query(0)) -> HTMLResponse:
    """All written values, newest first."""
    return _page(visit, chosen, "", page)


@router.post("", response_class=HTMLResponse)
def changes_of_person(
    visit: Editor, chosen: ChosenFilters, person: str = Form(""), page: int = Form(0)
) -> HTMLResponse:
    """The written values of a person.

    Args:
        person: e-mail address, or name.
    """
    return _page(visit, chosen, person.strip(), page)


@router.get(".csv")
def changes_csv(visit: Editor, chosen: ChosenFilters) -> Response:
    """The selected values as CSV."""
    return _csv(visit, chosen, "")


@router.post(".csv")
def changes_of_person_csv(visit: Editor, chosen: ChosenFilters, person: str = Form("")) -> Response:
    """The selected values of a person as CSV."""
    return _csv(visit, chosen, person.strip())


def _page(visit: Visit, chosen: Chosen, person: str, wanted: int) -> HTMLResponse:
    state = visit.state
    filters = chosen.filters(_keys(state, person) if state and person else None)
    counts = change_queries.field_counts(state, filters) if state else []
    options = change_queries.field_counts(state, Filters()) if state and filters != Filters() else counts
    total = sum(count.values for count in counts)
    page, count = paging(wanted, total, PAGE_SIZE)
    rows = change_queries.changes(state, filters, limit=PAGE_SIZE, offset=page * PAGE_SIZE) if state else []
    webinars = _webinars(state, rows) if state else {}
    return visit.page(
        "changes.html.j2",
        "changes",
        chosen=chosen,
        person=person,
        rows=rows,
        who=_subjects(state, rows, webinars) if state else {},
        webinars=webinars,
        labels=field_labels.field_labels(state) if state else {},
        per_field=_per_field(counts),
        options=_options(options),
        total=total,
        page=page,
        count=count,
        links=service_links(visit.app),
        page_size=PAGE_SIZE,
    )


def _csv(visit: Visit, chosen: Chosen, person: str) -> Response:
    state, t = visit.state, visit.t
    filters = chosen.filters(_keys(state, person) if state and person else None)
    return csv_download("changes", CSV_COLUMNS, _cells(state, filters, t) if state else (), t)


def _cells(state: PairState, filters: Filters, t: Translator) -> Iterator[list[list[object]]]:
    """The rows of the CSV file, by batches."""
    labels = field_labels.field_labels(state)
    for rows in change_queries.batches(state, filters, limit=LIMIT):
        webinars = _webinars(state, rows)
        who = _subjects(state, rows, webinars)
        yield [
            [
                row.at.strftime("%Y-%m-%d %H:%M:%S"), t.of("object", row.object), t.of("action", row.action),
                who.get(subject_key(row), ""), _title(webinars, row), row.record_id,
                labels.get((row.object, row.field), row.field), row.field, row.before, row.after,
                reason_text(t, row.reason), row.run_id,
            ]
            for row in rows
        ]  # fmt: skip


def _keys(state: PairState, person: str) -> PersonKeys:
    """The people with an address or a name; nobody matches empty keys."""
    if "@" in person:
        address = str(normalize.key(pd.Series([person], dtype="str")).iloc[0])
        return people_queries.keys_of(state, PersonKeys(addresses={address}))
    found = people_queries.by_name(state, person, MATCHES)
    return PersonKeys({one.record_id for one in found}, {one.address for one in found if one.address})


def subject_key(row: Change) -> str:
    """What identifies the person or Campaign of a written value."""
    if row.object in people_queries.CAMPAIGN_OBJECTS:
        return row.campaign_ref or row.record_id or ""
    return row.source_key or row.record_id or ""


def _webinars(state: PairState, rows: Sequence[Change]) -> dict[str, CampaignWebinar]:
    """The webinars of written Campaigns, statuses and members, by the id of the session or Campaign."""
    campaigns = {subject_key(row) for row in rows if row.object in people_queries.CAMPAIGN_OBJECTS}
    return change_queries.campaign_webinars(state, campaigns | {row.campaign_ref for row in rows if row.campaign_ref})


def _title(webinars: dict[str, CampaignWebinar], row: Change) -> str:
    is_campaign = row.object in people_queries.CAMPAIGN_OBJECTS
    webinar = webinars.get((subject_key(row) if is_campaign else row.campaign_ref) or "")
    return webinar.title if webinar else ""


def _subjects(state: PairState, rows: Sequence[Change], webinars: dict[str, CampaignWebinar]) -> dict[str, str]:
    """Name of the person or title of the Campaign, by `subject_key`; the address of a person without a name."""
    campaigns = {subject_key(row) for row in rows if row.object in people_queries.CAMPAIGN_OBJECTS}
    people = {subject_key(row) for row in rows} - campaigns
    addresses = {key for key in people if "@" in key}
    names = change_queries.names(state, people - addresses, addresses)
    titles = {key: webinars[key].title for key in campaigns if key in webinars}
    return dict.fromkeys(people, "") | {key: key for key in addresses} | {
        key: name.name for key, name in names.items() if key in people and name.name
    } | titles  # fmt: skip


def _per_field(counts: Sequence[FieldCount]) -> list[tuple[str, str, int]]:
    """Object, field and number of written values, the most frequent first."""
    sums: Counter[tuple[str, str]] = Counter()
    for count in counts:
        sums[count.object, count.field] += count.values
    return [(*key, values) for key, values in sums.most_common()]


def _options(counts: Sequence[FieldCount]) -> dict[str, Any]:
    """The values that the filters offer."""
    return {name: sorted({getattr(one, name) for one in counts}) for name in ("object", "field", "action", "reason")}
