"""Attention: people held back, approvals, configuration problems, missed webhooks, low budget, with their actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.runs.params import is_encodable
from livestorm_salesforce.state import run_queries
from livestorm_salesforce.state.quarantine_queries import HeldRow, held_rows
from livestorm_salesforce.state.run_queries import StoredRun
from livestorm_salesforce.web import budget
from livestorm_salesforce.web.access import Forbidden, Level
from livestorm_salesforce.web.airflow_data import DagRunState
from livestorm_salesforce.web.attention import HeldGroup, held_groups, open_problems, parse_groups
from livestorm_salesforce.web.freshness import Freshness, freshness, last_report
from livestorm_salesforce.web.names import FOLDERS, FoundNames, names_of
from livestorm_salesforce.web.required_actions import question_address
from livestorm_salesforce.web.visit import Editor, Operator, Visit

QUARANTINE_DAG_ID = "livestorm_salesforce_quarantine"
#: Groups on one page.
SHOWN = 500
MAX_REASON = 200
#: Share of the org's calls in 24 hours from which the page warns.
HIGH_USAGE = 0.9
#: Classes of errors that a correct configuration avoids.
CONFIGURATION = ("ConfigError", "InvalidMapping", "PairChanged")

router = APIRouter(prefix="/attention")


@dataclass(frozen=True)
class Item:
    """Something that waits, other than a person held back.

    Attributes:
        kind: last part of the id of its message.
        subject: text without translation, such as the message of an error.
        problem: of a report, if it is one.
        address: of the page where it is settled. `outside`: it is a page of Airflow.
    """

    kind: str
    since: datetime | None = None
    subject: str = ""
    remedy: str = ""
    problem: dict[str, object] | None = None
    address: str = ""
    outside: bool = False


@router.get("", response_class=HTMLResponse)
def attention(visit: Editor, error: str = "", names: str = "") -> HTMLResponse:
    """One row per person and cause, then everything else that waits.

    Args:
        names: `all` reads the names of all people, which takes longer.
    """
    fresh = freshness(visit)
    runs = run_queries.since(visit.state, fresh.now - timedelta(days=budget.DAYS)) if visit.state else []
    rows = held_rows(visit.state) if visit.state else []
    folders = None if names == "all" else FOLDERS
    people = names_of(visit.app, visit.state, rows, folders) if visit.state and rows else FoundNames({})
    groups = held_groups(rows, _person_of, timedelta(hours=visit.app.settings.quarantine_hours), fresh.now)
    active = [group for group in groups if not group.dismissed]
    return visit.page(
        "attention.html.j2",
        "attention",
        fresh=fresh,
        error=error,
        items=[
            *_approvals(visit),
            *_failure(visit, fresh.failed),
            *_problems(visit, fresh),
            *_budgets(visit, runs, fresh.now),
        ],
        groups=active[:SHOWN],
        total=len(active),
        dismissed=[group for group in groups if group.dismissed][:SHOWN],
        people=people.names,
        unread_folders=people.unread_folders,
        may_settle=visit.access.may(Level.TRIGGER, QUARANTINE_DAG_ID),
    )


@router.post("")
def settle(
    visit: Operator,
    action: Annotated[str, Form(pattern="^(retry|dismiss)$")],
    group: Annotated[list[str] | None, Form()] = None,
    all_rows: Annotated[bool, Form()] = False,
    reason: Annotated[str, Form(max_length=MAX_REASON)] = "",
) -> RedirectResponse:
    """Retry or dismiss the selected rows by a run of the quarantine DAG, and show that run."""
    if not visit.access.may(Level.TRIGGER, QUARANTINE_DAG_ID):
        raise Forbidden(Level.TRIGGER)
    ids = _active_ids(visit) if all_rows else parse_groups(group or [])
    error = "nothing-selected" if not ids else ""
    if action == "dismiss" and not (reason.strip() and is_encodable(reason)):
        error = error or "no-reason"
    if error:
        return RedirectResponse(f"{visit.prefix}/attention?error={error}", 303)
    conf = {"action": action, "ids": ids, "reason": reason.strip() if action == "dismiss" else ""}
    run_id = visit.airflow.trigger(QUARANTINE_DAG_ID, conf, visit.access.user_name)
    return RedirectResponse(visit.run_address(QUARANTINE_DAG_ID, run_id), 303)


def _person_of(row: HeldRow) -> str:
    return row.email_hmac or row.person_id


def _active_ids(visit: Visit) -> list[str]:
    rows = held_rows(visit.state) if visit.state else []
    return parse_groups([HeldGroup(False, (row,), None).ids for row in rows if not row.dismissed])


def _approvals(visit: Visit) -> list[Item]:
    """Questions of runs; only those of the sync hold up scheduled runs."""
    return [
        Item(
            "approval" if one.dag_id == SYNC_DAG_ID else "deployment", one.asked_at, one.subject,
            address=question_address(visit, one), outside=True,
        )
        for one in visit.airflow.approvals()
    ]  # fmt: skip


def _failure(visit: Visit, run: DagRunState | None) -> list[Item]:
    """The cause of a failed run."""
    failures = visit.failures(run.dag_id, run.run_id) if run else []
    if not run or not failures:
        return []
    first = failures[0]
    kind = "configuration" if first.error in CONFIGURATION else "failed"
    return [Item(kind, first.at, first.cause, first.remedy, address=visit.run_address(run.dag_id, run.run_id))]


def _problems(visit: Visit, fresh: Freshness) -> list[Item]:
    """The open problems of the last ordinary run."""
    found = last_report(visit, fresh)
    if found is None:
        return []
    problems = open_problems(found.report)
    return [Item("problem", found.run.ended_at, problem=problem, address=found.address) for problem in problems]


def _budgets(visit: Visit, runs: list[StoredRun], now: datetime) -> list[Item]:
    items = []
    left = budget.livestorm_forecast(visit.state, runs, now) if visit.state else None
    if left and not left.is_sufficient:
        items.append(Item("livestorm-budget", address=f"{visit.prefix}/"))
    usage = budget.salesforce_usage(runs)
    if usage and usage["used"] > HIGH_USAGE * usage["limit"]:
        items.append(Item("salesforce-budget", address=f"{visit.prefix}/"))
    return items
