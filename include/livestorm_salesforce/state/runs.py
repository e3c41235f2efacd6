"""DAG runs of this project: times, verdict and public report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import func, select, update

from livestorm_salesforce.enums import Verdict
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.growth import delete_before
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Run

TABLE: Any = Run.__table__


def start(state: PairState, dag_id: str, run_id: str, at: datetime, *, is_manual: bool, mode: str) -> None:
    """Store that a run starts, or starts again."""
    row = {"pair_id": state.pair_id, "dag_id": dag_id, "run_id": run_id, "is_manual": is_manual, "mode": mode}
    row |= {"started_at": at, "ended_at": None, "verdict": None, "report": None}
    with state.transaction() as connection:
        upsert_rows(connection, TABLE, [row])


def set_end(state: PairState, dag_id: str, run_id: str, at: datetime | None) -> None:
    """Store that no task of a run holds personal data in memory since `at`; None: one may."""
    _update(state, dag_id, run_id, ended_at=at)


def save_report(state: PairState, dag_id: str, run_id: str, report: dict[str, Any]) -> None:
    """Store the public report of a run."""
    _update(state, dag_id, run_id, verdict=str(report["verdict"]), report=report)


def previous_problems(state: PairState, dag_id: str, run_id: str) -> list[dict[str, Any]]:
    """Problems of the report of the last run of this DAG that wrote, other than this one; none before the first."""
    own = (TABLE.c.pair_id == state.pair_id, TABLE.c.dag_id == dag_id, TABLE.c.run_id != run_id)
    reported = (TABLE.c.mode == "apply", TABLE.c.verdict.is_not(None))
    query = select(TABLE.c.report).where(*own, *reported).order_by(TABLE.c.started_at.desc()).limit(1)
    with state.reading() as connection:
        report: dict[str, Any] | None = connection.scalar(query)
    return list((report or {}).get("problems", []))


def last_success(database: Database, dag_id: str) -> datetime | None:
    """Start of the last run of a DAG, of any pair, that wrote and did not fail; None if there was none."""
    own = (TABLE.c.dag_id == dag_id, TABLE.c.mode == "apply", TABLE.c.verdict.in_([Verdict.OK, Verdict.PROBLEMS]))
    with database.reading() as connection:
        found: datetime | None = connection.scalar(select(func.max(TABLE.c.started_at)).where(*own))
    return found


def first_start(database: Database, dag_id: str) -> datetime | None:
    """Start of the first known run of a DAG; None if there was none."""
    with database.reading() as connection:
        found: datetime | None = connection.scalar(select(func.min(TABLE.c.started_at)).where(TABLE.c.dag_id == dag_id))
    return found


def in_progress(database: Database, since: datetime) -> list[str]:
    """Ids of runs of all pairs that started since a time and have not ended."""
    with database.reading() as connection:
        query = select(TABLE.c.run_id).where(TABLE.c.ended_at.is_(None), TABLE.c.started_at > since)
        return list(connection.scalars(query.order_by(TABLE.c.started_at)))


def started_since(database: Database, since: datetime) -> bool:
    """Whether a run of any pair has started in the day since a time; later starts are those of a wrong clock."""
    in_day = TABLE.c.started_at.between(since, since + timedelta(days=1))
    with database.reading() as connection:
        return connection.scalar(select(TABLE.c.run_id).where(in_day).limit(1)) is not None


def webhook_calls(state: PairState, since: datetime, run_id: str) -> dict[str, int]:
    """Number of `runs` that webhooks started since a time, and their `salesforce` calls, without one run."""
    query = select(TABLE.c.report).where(
        TABLE.c.pair_id == state.pair_id, TABLE.c.started_at > since, TABLE.c.run_id != run_id
    )
    with state.reading() as connection:
        reports = [report for report in connection.scalars(query) if report and report.get("webhook_hour")]
    return {"runs": len(reports), "salesforce": sum(int(report["calls"]["salesforce"]) for report in reports)}


def prune(database: Database, before: pd.Timestamp) -> None:
    """Delete runs of all pairs that started before a time."""
    with database.transaction() as connection:
        delete_before(connection, TABLE, TABLE.c.started_at, before.to_pydatetime())


def _update(state: PairState, dag_id: str, run_id: str, **values: Any) -> None:
    own = (TABLE.c.pair_id == state.pair_id) & (TABLE.c.dag_id == dag_id) & (TABLE.c.run_id == run_id)
    with state.transaction() as connection:
        connection.execute(update(TABLE).where(own).values(**values))
