"""The quarantine as the pages show it: each row with its webinar and its person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Quarantine, Registration, SessionListing

TABLE: Any = Quarantine.__table__
OWN: Any = Registration.__table__
LISTING: Any = SessionListing.__table__


class HeldRow(NamedTuple):
    """A row of `tables.Quarantine`, with its registration and its session as far as they are stored."""

    session_id: str
    person_id: str
    object: str | None
    code: str | None
    message: str | None
    first_at: datetime | None
    last_at: datetime | None
    tries: int
    due: bool
    dismissed: bool
    dismiss_reason: str | None
    run_id: str | None
    email_hmac: str | None
    record_id: str | None
    title: str | None
    starts_at: datetime | None


def held_rows(state: PairState) -> list[HeldRow]:
    """All rows in quarantine, the oldest first."""
    sources = {"email_hmac": OWN, "record_id": OWN, "title": LISTING, "starts_at": LISTING}
    columns = [sources.get(name, TABLE).c[name] for name in HeldRow._fields]
    ids = ("pair_id", "session_id", "person_id")
    registration = and_(*(OWN.c[name] == TABLE.c[name] for name in ids))
    listing = and_(*(LISTING.c[name] == TABLE.c[name] for name in ids[:2]))
    joined = TABLE.outerjoin(OWN, registration).outerjoin(LISTING, listing)
    query = select(*columns).select_from(joined).where(TABLE.c.pair_id == state.pair_id)
    with state.reading() as connection:
        rows = connection.execute(query.order_by(TABLE.c.first_at, TABLE.c.session_id, TABLE.c.person_id))
        return [HeldRow(*row) for row in rows]
