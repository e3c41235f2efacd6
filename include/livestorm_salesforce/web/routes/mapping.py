"""Mapping: what goes where in this org, the status ladder, and a draft that is checked or tried by a preview."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Annotated, Any, NamedTuple

import pandas as pd
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from livestorm_salesforce import config
from livestorm_salesforce.config.loader import DEFAULT_PATH, InvalidMapping, parse_mapping
from livestorm_salesforce.config.yaml_text import read_text
from livestorm_salesforce.domain.plan.org_check import problems as org_problems
from livestorm_salesforce.domain.plan.org_check import unknown_fields
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs import drafts
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import org_describe, session_queries
from livestorm_salesforce.web.access import Forbidden, Level
from livestorm_salesforce.web.freshness import freshness
from livestorm_salesforce.web.mapping_table import field_lines, sampled_columns
from livestorm_salesforce.web.visit import Editor, Viewer, Visit

#: Newest runs that are searched for registrants.
SEARCHED = 20
LOCATED = re.compile(rf"{drafts.NAME}:(\d+): (.*)", re.DOTALL)

router = APIRouter(prefix="/mapping")


class Mistake(NamedTuple):
    """An error of a draft; `line` is 0 if it concerns no line."""

    line: int
    text: str


class Org(NamedTuple):
    """What was last read of the org: schemas, and labels by object and field; both empty before the first run."""

    schemas: Mapping[str, ObjectSchema]
    labels: Mapping[str, Mapping[str, str]]


@router.get("", response_class=HTMLResponse)
def mapping(visit: Viewer) -> HTMLResponse:
    """The mapping in use; values and the text of the file for users who may see personal data."""
    return _page(visit)


@router.post("", response_model=None)
def draft(
    visit: Editor, text: Annotated[str, Form()] = "", action: Annotated[str, Form(pattern="^(check|try)$")] = "check"
) -> Response:
    """Check a draft, which stores nothing; or try it by a preview of everything, which writes nothing to Salesforce."""
    text = text.replace("\r\n", "\n")
    mistakes = mistakes_of(text, _org(visit).schemas)
    if action == "check" or mistakes:
        return _page(visit, text, mistakes)
    if not visit.access.may(Level.TRIGGER):
        raise Forbidden(Level.TRIGGER)
    draft_id = drafts.save(visit.app.store, text, visit.app.clock.now())
    conf = {"mode": "preview", "full_read": True, "mapping_draft": draft_id}
    run_id = visit.airflow.trigger(SYNC_DAG_ID, conf, visit.access.user_name)
    return RedirectResponse(visit.run_address(SYNC_DAG_ID, run_id), 303)


def mistakes_of(text: str, org: Mapping[str, ObjectSchema]) -> list[Mistake]:
    """All errors of a draft: of the text, and of the fields and permissions that the org lacks."""
    try:
        mapping = parse_mapping(text, drafts.NAME)
    except InvalidMapping as error:
        lacking = [
            f"{error.fields[name][field]}: {message}"
            for name, schema in org.items()
            for field, message in unknown_fields(schema, error.fields.get(name, {})).items()
        ]
        return sorted(map(_located, [*error.messages, *lacking]))
    except ConfigError as error:
        return [_located(f"{error.cause} {error.remedy}.")]
    return [Mistake(0, problem) for problem in org_problems(dict(org), mapping)] if org else []


def _located(message: str) -> Mistake:
    found = LOCATED.fullmatch(message)
    return Mistake(int(found[1]), found[2]) if found else Mistake(0, message.removeprefix(f"{drafts.NAME}: "))


def _page(visit: Visit, text: str | None = None, mistakes: list[Mistake] | None = None) -> HTMLResponse:
    in_use, error = _mapping(visit)
    org, may_edit = _org(visit), visit.access.may(Level.EDIT)
    run_id, sample = _sample(visit, in_use) if in_use else ("", pd.DataFrame())
    lines = field_lines(in_use, org.schemas, org.labels, sample) if in_use else []
    return visit.page(
        "mapping.html.j2",
        "mapping",
        fresh=freshness(visit),
        mapping=in_use,
        error=error,
        sections=[(name, list(lines)) for name, lines in groupby(lines, key=lambda line: line.sobject)],
        is_org_known=bool(org.schemas),
        sampled=len(sample),
        sample_run=visit.run_address(SYNC_DAG_ID, run_id) if run_id else "",
        text=(text if text is not None else _text(visit)) if may_edit else "",
        mistakes=mistakes,
        cost=session_queries.full_read_cost(visit.state) if visit.state else None,
    )


def _mapping(visit: Visit) -> tuple[config.Mapping | None, ConfigError | None]:
    """The mapping in use, or the error that prevents its use."""
    try:
        return visit.app.mapping, None
    except ConfigError as error:
        return None, error


def _text(visit: Visit) -> str:
    try:
        return read_text(visit.app.mapping_file or DEFAULT_PATH)
    except ConfigError:  # shown as the error of the mapping in use
        return ""


def _org(visit: Visit) -> Org:
    stored = org_describe.stored(visit.state) if visit.state else None
    return Org(*stored) if stored else Org({}, {})


def _sample(visit: Visit, mapping: config.Mapping) -> tuple[str, pd.DataFrame]:
    """The newest run that has read registrants, and their mapped values."""
    columns: list[Any] = sampled_columns(mapping)
    for run in visit.airflow.runs((SYNC_DAG_ID,), limit=SEARCHED) if visit.state else ():
        folder = visit.app.run_folder(run.dag_id, run.run_id)
        if folder.has("registrations.parquet") and len(rows := folder.read("registrations", ["session_id", *columns])):
            return run.run_id, rows
    return "", pd.DataFrame()
