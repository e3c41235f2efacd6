"""The planned changes of a run, by object, field, reason and person.

A person is searched by POST, so that no name or address is part of a URL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import pandas as pd
from fastapi import APIRouter, Depends, Form, HTTPException, Query
from fastapi.responses import HTMLResponse

from livestorm_salesforce.domain.plan.change_list import change_list
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.state import change_queries, people_queries
from livestorm_salesforce.state.people_queries import has_words
from livestorm_salesforce.web.names import names_of_run
from livestorm_salesforce.web.paging import paging
from livestorm_salesforce.web.routes.run_report import folder_of, has_plan, labels_of
from livestorm_salesforce.web.service_links import service_links
from livestorm_salesforce.web.visit import Editor, Visit

PAGE_SIZE = 200

router = APIRouter(prefix="/runs/{dag_id}/{run_id}/changes")


@dataclass(frozen=True)
class Chosen:
    """The filters of the URL."""

    sobject: str = ""
    field: str = ""
    reason: str = ""

    @property
    def query(self) -> str:
        """The filters for addresses of pages."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def select(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of a change list that match."""
        for column, value in (("object", self.sobject), ("field", self.field), ("reason", self.reason)):
            rows = rows[rows[column] == value] if value else rows
        return rows


ChosenFilters = Annotated[Chosen, Depends(Chosen)]


@router.get("", response_class=HTMLResponse)
def changes(visit: Editor, dag_id: str, run_id: str, chosen: ChosenFilters, page: int = Query(0)) -> HTMLResponse:
    """Every change of the run's plan: field, before, after, reason."""
    return _page(visit, (dag_id, run_id), chosen, "", page)


@router.post("", response_class=HTMLResponse)
def changes_of_person(
    visit: Editor, dag_id: str, run_id: str, chosen: ChosenFilters, person: str = Form(""), page: int = Form(0)
) -> HTMLResponse:
    """The planned changes of a person.

    Args:
        person: e-mail address, or words of the name.
    """
    return _page(visit, (dag_id, run_id), chosen, person.strip(), page)


def _page(visit: Visit, run: tuple[str, str], chosen: Chosen, person: str, wanted: int) -> HTMLResponse:
    folder = folder_of(visit, *run)
    if not folder or not has_plan(folder):
        raise HTTPException(404, "list")
    every, names = change_list(load_plan(folder)), _names(visit, run[1])
    shown = chosen.select(every)
    shown = shown[shown["source_key"].isin(_keys(names, person))] if person else shown
    page, count = paging(wanted, len(shown), PAGE_SIZE)
    rows = shown.iloc[page * PAGE_SIZE : (page + 1) * PAGE_SIZE].fillna("").to_dict("records")
    return visit.page(
        "planned_changes.html.j2",
        "planned-changes",
        run_address=visit.run_address(*run),
        chosen=chosen,
        person=person,
        options={name: sorted(every[name].dropna().unique()) for name in ("object", "field", "reason")},
        labels=labels_of(visit),
        links=service_links(visit.app),
        rows=rows,
        titles=_campaign_titles(visit, rows),
        people=names,
        per_field=_per_field(shown),
        page=page,
        count=count,
        total=len(shown),
    )


def _names(visit: Visit, run_id: str) -> dict[str, str]:
    """Names of the registrants that the run has read, by e-mail key."""
    found = [one for one in names_of_run(visit.app, run_id).values() if one.name]
    keys = normalize.key(pd.Series([one.address for one in found], dtype="str"))
    return {key: one.name for key, one in zip(keys, found, strict=True) if isinstance(key, str)}


def _keys(names: dict[str, str], person: str) -> set[str]:
    """The e-mail keys of the people with an address or a name."""
    if "@" in person:
        return {str(normalize.key(pd.Series([person], dtype="str")).iloc[0])}
    return {key for key, name in names.items() if has_words(name, person.split())}


def _per_field(rows: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Object, field and number of planned values, the most frequent first."""
    counts = Counter(zip(rows["object"].astype(str), rows["field"].astype(str), strict=True))
    return [(*key, values) for key, values in counts.most_common()]


def _campaign_titles(visit: Visit, rows: list[dict[Hashable, Any]]) -> dict[str, str]:
    """Titles of the Campaigns to which rows of Campaigns and their statuses refer."""
    own = [row for row in rows if row["object"] in people_queries.CAMPAIGN_OBJECTS]
    refs = {str(row["campaign_ref"] or row["source_key"]) for row in own}
    return change_queries.campaign_titles(visit.state, refs) if visit.state else {}
