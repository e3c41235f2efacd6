"""Sessions as the pages show them, with the registrations that runs have stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from livestorm_salesforce.enums import SessionStatus
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import Registration, SessionListing

LISTING: Any = SessionListing.__table__
OWN: Any = Registration.__table__
#: Registrations whose latency is computed, newest first.
SAMPLE = 5_000
#: Page size of Livestorm's lists (`clients.livestorm.resources.PAGE_SIZE`).
REGISTRANTS_PER_CALL = 50
#: How long after its planned start a session that Livestorm still calls upcoming is one of the next.
LATE_START = timedelta(hours=3)
BEGUN = (SessionStatus.LIVE, SessionStatus.PAST, SessionStatus.PAST_NOT_STARTED)


class Listed(NamedTuple):
    """A session as last listed: see `tables.SessionListing`."""

    session_id: str
    title: str | None
    name: str | None
    status: str
    in_scope: bool
    note: str
    campaign_id: str | None
    starts_at: datetime | None


class Latency(NamedTuple):
    """Seconds from registration to the end of the run that loaded it."""

    people: int
    median: float
    p95: float


def counts_by_status(state: PairState) -> dict[str, int]:
    """Number of sessions in scope by status."""
    query = select(LISTING.c.status, func.count()).where(LISTING.c.pair_id == state.pair_id, LISTING.c.in_scope)
    with state.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query.group_by(LISTING.c.status))}


def upcoming(state: PairState, now: datetime, limit: int) -> list[Listed]:
    """The next sessions, soonest first. One whose planned start has passed is among them for `LATE_START`."""
    ahead = LISTING.c.status == SessionStatus.UPCOMING
    query = _listing(state).where(ahead, LISTING.c.starts_at > now - LATE_START)
    return _listed(state, query.order_by(LISTING.c.starts_at).limit(limit))


def latest(state: PairState, limit: int) -> list[Listed]:
    """The sessions that began last, newest first."""
    query = _listing(state).where(LISTING.c.status.in_(BEGUN), LISTING.c.starts_at.is_not(None))
    return _listed(state, query.order_by(LISTING.c.starts_at.desc()).limit(limit))


def latency(state: PairState, now: datetime, days: int) -> Latency | None:
    """Latency of people who registered in the last days; None if nobody did."""
    start = now - timedelta(days=days)
    query = select(OWN.c.registered_at, OWN.c.loaded_at).where(
        OWN.c.pair_id == state.pair_id, OWN.c.loaded_at > start, OWN.c.registered_at > start
    )
    with state.reading() as connection:
        rows = connection.execute(query.order_by(OWN.c.loaded_at.desc()).limit(SAMPLE)).all()
    seconds = sorted(max((row[1] - row[0]).total_seconds(), 0) for row in rows)
    if not seconds:
        return None
    return Latency(len(seconds), seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95)])


class ReadCost(NamedTuple):
    """Sessions that a full read reads, and about how many calls of Livestorm that costs."""

    sessions: int
    calls: int


def full_read_cost(state: PairState) -> ReadCost:
    """The cost of reading all sessions in scope: a call per page of registrants, at least one per session."""
    query = select(LISTING.c.registrants_count).where(LISTING.c.pair_id == state.pair_id, LISTING.c.in_scope)
    with state.reading() as connection:
        counts = connection.scalars(query).all()
    return ReadCost(len(counts), sum(max(1, -(-int(count or 0) // REGISTRANTS_PER_CALL)) for count in counts))


def _listing(state: PairState) -> Select[Any]:
    return select(*(LISTING.c[name] for name in Listed._fields)).where(LISTING.c.pair_id == state.pair_id)


def _listed(state: PairState, query: Select[Any]) -> list[Listed]:
    with state.reading() as connection:
        return [Listed(*row) for row in connection.execute(query)]
