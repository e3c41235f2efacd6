"""Runs as the pages show them: stored reports, calls per day, calls left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, tuple_

from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Run, SyncPosition

TABLE: Any = Run.__table__
NAMES = ("dag_id", "run_id", "mode", "is_manual", "started_at", "ended_at", "verdict", "report")
#: Runs that are searched for a fact that not every run learns.
LAST_RUNS = 20


class StoredRun(NamedTuple):
    """A run of this project. `report` is its public report, None before the end or if it ended early."""

    dag_id: str
    run_id: str
    mode: str
    is_manual: bool
    started_at: datetime
    ended_at: datetime | None
    verdict: str | None
    report: dict[str, Any] | None


class Allowance(NamedTuple):
    """Livestorm's calls left in the window of 30 days that began at `window_began`."""

    left: int | None
    window_began: datetime | None
    last_success: datetime


def since(state: PairState, at: datetime) -> list[StoredRun]:
    """Runs that started after a time, newest first."""
    return _runs(state, TABLE.c.started_at > at)


def of_ids(state: PairState, ids: Collection[tuple[str, str]]) -> dict[tuple[str, str], StoredRun]:
    """Runs by DAG id and run id."""
    found = _runs(state, tuple_(TABLE.c.dag_id, TABLE.c.run_id).in_([*ids])) if ids else []
    return {(run.dag_id, run.run_id): run for run in found}


def newest_report(state: PairState, ids: Collection[tuple[str, str]]) -> StoredRun | None:
    """Of these DAG ids and run ids, the run that started last and has a report."""
    chosen = tuple_(TABLE.c.dag_id, TABLE.c.run_id).in_([*ids]) & TABLE.c.verdict.is_not(None)
    return next(iter(_runs(state, chosen, limit=1)), None) if ids else None


def allowance(state: PairState) -> Allowance | None:
    """What the last successful run left of Livestorm's allowance; None before the first one."""
    columns = (SyncPosition.remaining, SyncPosition.window_began, SyncPosition.last_success)
    with state.reading() as connection:
        row = connection.execute(select(*columns).where(SyncPosition.pair_id == state.pair_id)).first()
    return Allowance(*row) if row else None


def monthly_limit(state: PairState) -> int | None:
    """Livestorm's calls per window as the newest of the last runs learned them; None if none did."""
    query = select(TABLE.c.report).where(TABLE.c.pair_id == state.pair_id).order_by(TABLE.c.started_at.desc())
    with state.reading() as connection:
        reports = connection.scalars(query.limit(LAST_RUNS)).all()
    return next((int(report["monthly_limit"]) for report in reports if report and report.get("monthly_limit")), None)


def _runs(state: PairState, condition: Any, *, limit: int | None = None) -> list[StoredRun]:
    query = select(*(TABLE.c[name] for name in NAMES)).where(TABLE.c.pair_id == state.pair_id, condition)
    with state.reading() as connection:
        rows: Sequence[Any] = connection.execute(query.order_by(TABLE.c.started_at.desc()).limit(limit)).all()
    return [StoredRun(*row) for row in rows]
