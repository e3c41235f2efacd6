"""Sessions as last listed, with their Campaigns or the reasons why they have none."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import select

from livestorm_salesforce.domain.sessions.transform import transform_sessions
from livestorm_salesforce.domain.shared.contracts import TIME
from livestorm_salesforce.state.frames import in_keys, replace_rows, select_rows, to_frame, to_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import SessionListing

TABLE: Any = SessionListing.__table__
#: Columns that a run writes.
WRITTEN = [
    "session_id", "event_id", "title", "name", "status", "in_scope", "note", "campaign_id", "timezone",
    "breakout_room_parent_session_id", "starts_at", "estimated_started_at", "started_at", "ended_at", "created_at",
    "updated_at", "registrants_count", "attendees_count",
]  # fmt: skip

#: Columns of `load_named`, and those of the table.
NAMED = {
    "session_id": "session_id", "event_id": "event_id", "event_title": "title", "session_name": "name",
    "status": "status", "scope": "in_scope", "campaign_id": "campaign_id", "timezone": "timezone",
    "started_at": "started_at", "estimated_started_at": "estimated_started_at",
}  # fmt: skip
NAMED_TYPES = dict.fromkeys(NAMED, "str") | {"scope": "bool", "started_at": TIME, "estimated_started_at": TIME}


def save(state: PairState, rows: pd.DataFrame, now: pd.Timestamp, run_id: str) -> None:
    """Store the sessions that a run has listed; others are kept.

    Args:
        rows: columns `WRITTEN`.
        now: time of the run by Livestorm's clock.
    """
    shared = {"pair_id": state.pair_id, "listed_at": now.to_pydatetime(), "run_id": run_id}
    new = [row | shared for row in to_rows(rows[WRITTEN])]
    with state.transaction() as connection:
        listed = in_keys(connection, TABLE.c.session_id, rows["session_id"])
        query = select(TABLE).where(TABLE.c.pair_id == state.pair_id, listed)
        replace_rows(connection, TABLE, select_rows(connection, query), new)


def load_named(state: PairState) -> pd.DataFrame:
    """What the names of Campaigns need of all sessions as last listed: columns `NAMED`."""
    columns = [TABLE.c[stored].label(name) for name, stored in NAMED.items()]
    with state.reading() as connection:
        sessions = to_frame(connection, select(*columns).where(TABLE.c.pair_id == state.pair_id))
    return sessions.astype(NAMED_TYPES)


def load(state: PairState) -> pd.DataFrame:
    """The sessions as last listed: columns of `contracts.SESSIONS`; null where nothing is stored."""
    base = transform_sessions([])
    columns = [TABLE.c[name] for name in base.columns if name in TABLE.c]
    with state.reading() as connection:
        sessions = to_frame(connection, select(*columns).where(TABLE.c.pair_id == state.pair_id))
    return sessions.reindex(columns=base.columns).astype(base.dtypes)
