"""Answers to the question whether a plan is written: who approved which plan, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import delete, select

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Approval

TABLE: Any = Approval.__table__


class Decision(NamedTuple):
    """An answer: columns of `Approval`. `decided_by` is None if nobody answered in time."""

    dag_id: str
    run_id: str
    at: datetime
    plan_hash: str
    decision: str
    decided_by: str | None


COLUMNS = [TABLE.c[name] for name in Decision._fields]


def save(state: PairState, decision: Decision) -> None:
    """Store an answer."""
    with state.transaction() as connection:
        upsert_rows(connection, TABLE, [{"pair_id": state.pair_id, **decision._asdict()}])


def decisions_of(state: PairState, dag_id: str, run_id: str) -> list[Decision]:
    """Answers of a run, oldest first: a cleared run asks again."""
    own = (TABLE.c.pair_id == state.pair_id, TABLE.c.dag_id == dag_id, TABLE.c.run_id == run_id)
    with state.reading() as connection:
        return [Decision(*row) for row in connection.execute(select(*COLUMNS).where(*own).order_by(TABLE.c.at))]


def prune(database: Database, before: pd.Timestamp) -> None:
    """Delete the answers of all pairs before a time."""
    with database.transaction() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.at < before.to_pydatetime()))
