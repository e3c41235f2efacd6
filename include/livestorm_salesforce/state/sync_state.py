"""Persistent sync state of a pair: sessions and events as last loaded, times of the lists, and the call allowance.

The sync state saves calls. Without it the next run reads everything and finds nothing to change.
"""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, Table, exists, select

from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import Row, replace_rows, to_frame, to_rows, upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Event, Session, SyncPosition

#: States after which the session's other registrants were not read.
PARTIAL_STATES = (ReadState.INCREMENTAL, ReadState.WEBHOOK_PARTIAL)


def load(state: PairState) -> SyncState | None:
    """The sync state; None before the first successful run."""
    with state.reading() as connection:
        position = connection.execute(
            select(SyncPosition.__table__).where(SyncPosition.pair_id == state.pair_id)
        ).first()
        if position is None:
            return None
        known, events = (_stored(connection, table, state.pair_id) for table in (Session, Event))
    return SyncState(
        pd.Timestamp(position.last_success),
        {name: pd.Timestamp(position.listings[name]) for name in LISTS},
        pd.Timestamp(position.window_began) if position.window_began else None,
        position.remaining,
        position.refreshed,
        known=scope.typed_known(known),
        events=_typed_events(events),
    )


def save(state: PairState, new: SyncState) -> None:
    """Replace the sync state; only rows that changed are written."""
    known, events = scope.typed_known(new.known), _typed_events(new.events)
    with state.transaction("sync state") as connection:
        for model, frame in ((Session, known), (Event, events)):
            table: Table = model.__table__  # type: ignore[assignment]
            old = to_rows(_typed(model, _stored(connection, model, state.pair_id)))
            replace_rows(connection, table, _of_pair(state, old), _of_pair(state, to_rows(_typed(model, frame))))
        position = {
            "pair_id": state.pair_id,
            "last_success": new.last_success.to_pydatetime(),
            "listings": {name: time.isoformat() for name, time in new.listings.items()},
            "window_began": new.window_began.to_pydatetime() if new.window_began is not None else None,
            "remaining": new.remaining,
            "refreshed": new.refreshed,
        }
        upsert_rows(connection, SyncPosition.__table__, [position])  # type: ignore[arg-type]


def has_run(state: PairState) -> bool:
    """Whether a run of the pair was successful."""
    with state.reading() as connection:
        return bool(connection.scalar(select(exists().where(SyncPosition.pair_id == state.pair_id))))


def event_ids(database: Database, pair_id: str) -> set[str]:
    """Ids of the events of a pair as last listed."""
    with database.reading() as connection:
        return set(connection.scalars(select(Event.event_id).where(Event.pair_id == pair_id)))


def count_pairs(database: Database) -> int:
    """Number of pairs with a successful run."""
    with database.reading() as connection:
        return len(connection.scalars(select(SyncPosition.pair_id)).all())


def _stored(connection: Connection, model: type[Session | Event], pair_id: str) -> pd.DataFrame:
    columns = [column for column in model.__table__.c if column.name != "pair_id"]
    return to_frame(connection, select(*columns).where(model.pair_id == pair_id))


def _typed(model: type[Session | Event], frame: pd.DataFrame) -> pd.DataFrame:
    return scope.typed_known(frame) if model is Session else _typed_events(frame)


def _typed_events(events: pd.DataFrame) -> pd.DataFrame:
    base = transform_events([])
    return events.reindex(columns=base.columns).astype(base.dtypes)


def _of_pair(state: PairState, rows: list[Row]) -> list[Row]:
    return [{"pair_id": state.pair_id, **row} for row in rows]
