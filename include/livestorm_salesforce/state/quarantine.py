"""The quarantine of a pair: rows that Salesforce rejected."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import select

from livestorm_salesforce.domain.report import quarantine
from livestorm_salesforce.state.frames import replace_rows, to_frame, to_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Quarantine

TABLE: Any = Quarantine.__table__
#: Lock of a transaction that reads and replaces the quarantine.
LOCK = "quarantine"


def load(state: PairState) -> pd.DataFrame:
    """All rows in quarantine: columns `domain.report.quarantine.COLUMNS`."""
    columns = [TABLE.c[name] for name in quarantine.COLUMNS]
    with state.reading() as connection:
        query = select(*columns).where(TABLE.c.pair_id == state.pair_id).order_by("session_id", "person_id")
        rows = to_frame(connection, query)
    return quarantine.typed(rows) if len(rows) else quarantine.empty()


def save(state: PairState, rows: pd.DataFrame) -> None:
    """Replace all rows in quarantine."""
    with state.transaction(LOCK) as connection:
        old, new = (
            [{"pair_id": state.pair_id, **row} for row in to_rows(quarantine.typed(frame))]
            for frame in (load(state), rows)
        )
        replace_rows(connection, TABLE, old, new)


def due_sessions(state: PairState, policy: quarantine.RetryPolicy, *, urgent: bool = False) -> set[str]:
    """Ids of sessions to read again because one of their rows is due.

    Args:
        urgent: only sessions to read however few calls are left this month.
    """
    rows, selects = load(state), quarantine.urgent if urgent else quarantine.due
    return set(rows.loc[selects(rows, policy), "session_id"])
