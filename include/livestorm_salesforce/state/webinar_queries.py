"""Webinars as the pages show them: what Livestorm listed, what runs have read, and what Salesforce holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, or_, select

from livestorm_salesforce.domain.sessions.scope import BEFORE_ACTIVATION, NOT_ASKED
from livestorm_salesforce.enums import SessionStatus
from livestorm_salesforce.state.growth import unindexed
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import AuditEntry, Event, Registration, Session, SessionListing
from livestorm_salesforce.state.text_search import contains

LISTING: Any = SessionListing.__table__
SESSION: Any = Session.__table__
EVENT: Any = Event.__table__
OWN: Any = Registration.__table__
AUDIT: Any = AuditEntry.__table__
LISTED = (
    "session_id", "event_id", "title", "name", "status", "in_scope", "note", "campaign_id", "starts_at",
    "registrants_count", "attendees_count", "listed_at",
)  # fmt: skip
#: Audit entries of a Campaign that are shown, newest runs first.
TIMELINE = 50


class Filters(NamedTuple):
    """Which webinars are listed.

    Attributes:
        text: part of the title of the event, or of the name or id of the session.
        without_campaign: only those without a Campaign.
    """

    status: str = ""
    text: str = ""
    without_campaign: bool = False


class Webinar(NamedTuple):
    """A session as last listed (`tables.SessionListing`), and when it was read (`tables.Session`)."""

    session_id: str
    event_id: str | None
    title: str | None
    name: str | None
    status: str
    in_scope: bool
    note: str
    campaign_id: str | None
    starts_at: datetime | None
    registrants_count: float | None
    attendees_count: float | None
    listed_at: datetime
    read_at: datetime | None
    full_at: datetime | None
    retry: bool | None
    registration_link: str | None

    @property
    def label(self) -> str:
        """Title of the event with the name of the session, as far as they are known."""
        return ": ".join(dict.fromkeys(text for text in (self.title, self.name) if text)) or self.session_id

    @property
    def needs_backfill(self) -> bool:
        """Whether only a backfill includes it: it ended before activation, so a run for its id alone skips it."""
        return self.note == BEFORE_ACTIVATION

    @property
    def start_date(self) -> str:
        """The day of its start in UTC (ISO 8601), for the form of a backfill; empty if the start is not known."""
        return self.starts_at.astimezone(UTC).date().isoformat() if self.starts_at else ""


class Group(NamedTuple):
    """Number of registrations of a session with the same result.

    Attributes:
        is_loaded: whether Salesforce holds the values of the registration.
        in_list: whether the registrant is still in the session's list.
    """

    session_id: str
    bucket: str
    reason: str
    is_loaded: bool
    attended: bool
    watched: bool
    in_list: bool
    people: int


class TimelineEntry(NamedTuple):
    """Records of one kind that a run has written for a Campaign."""

    run_id: str
    object: str
    action: str
    at: datetime
    records: int
    fields: int


def webinars(
    state: PairState, filters: Filters, *, oldest_first: bool = False, limit: int | None = None, offset: int = 0
) -> list[Webinar]:
    """Webinars by date, newest first; those without a date last."""
    order = LISTING.c.starts_at.asc() if oldest_first else LISTING.c.starts_at.desc()
    query = _filtered(_webinars(state), filters).order_by(order.nulls_last(), LISTING.c.session_id)
    with state.reading() as connection:
        return [Webinar(*row) for row in connection.execute(query.limit(limit).offset(offset))]


def webinar(state: PairState, session_id: str) -> Webinar | None:
    """One webinar; None if no run has listed it."""
    with state.reading() as connection:
        row = connection.execute(_webinars(state).where(LISTING.c.session_id == session_id)).first()
    return Webinar(*row) if row else None


def count_webinars(state: PairState, filters: Filters) -> int:
    """Number of webinars."""
    query = select(func.count()).select_from(LISTING).where(LISTING.c.pair_id == state.pair_id)
    with state.reading() as connection:
        return connection.scalar(_filtered(query, filters)) or 0


def labels(state: PairState, session_ids: Collection[str]) -> dict[str, Webinar]:
    """Webinars by session id."""
    with state.reading() as connection:
        rows = connection.execute(_webinars(state).where(LISTING.c.session_id.in_([*session_ids])))
        return {row[0]: Webinar(*row) for row in rows}


def statuses(state: PairState) -> list[str]:
    """The statuses that webinars have."""
    query = select(LISTING.c.status).where(LISTING.c.pair_id == state.pair_id).distinct().order_by(LISTING.c.status)
    with state.reading() as connection:
        return list(connection.scalars(query))


def groups(state: PairState, session_ids: Collection[str] | None = None) -> defaultdict[str, list[Group]]:
    """The results of the registrations of these sessions, or of all, counted: by session, empty without any."""
    keys = (
        OWN.c.session_id,
        func.coalesce(OWN.c.bucket, ""),
        func.coalesce(OWN.c.reason, ""),
        OWN.c.member_hash.is_not(None),
        func.coalesce(OWN.c.attended, False),
        func.coalesce(OWN.c.watched, False),
        OWN.c.in_list,
    )
    names = [key.label(f"key_{number}") for number, key in enumerate(keys)]
    query = select(*names, func.count()).where(OWN.c.pair_id == state.pair_id).group_by(*names)
    if session_ids is not None:
        query = query.where(OWN.c.session_id.in_([*session_ids]))
    found: defaultdict[str, list[Group]] = defaultdict(list)
    with state.reading() as connection:
        for row in connection.execute(query):
            found[row[0]].append(Group(*row[:3], bool(row[3]), bool(row[4]), bool(row[5]), bool(row[6]), row[7]))
    return found


def past_without_campaign(state: PairState, start: datetime) -> dict[str, int]:
    """Registrants of each past webinar that a backfill from a time on adds, by session id.

    Webinars that are out of scope for another reason, such as an excluded event, are not part of it.
    """
    query = select(LISTING.c.session_id, func.coalesce(LISTING.c.registrants_count, 0)).where(
        LISTING.c.pair_id == state.pair_id,
        LISTING.c.status == SessionStatus.PAST,
        LISTING.c.campaign_id.is_(None),
        LISTING.c.starts_at >= start,
        or_(LISTING.c.in_scope, LISTING.c.note.in_([BEFORE_ACTIVATION, NOT_ASKED])),
    )
    with state.reading() as connection:
        return {row[0]: int(row[1]) for row in connection.execute(query)}


def timeline(state: PairState, refs: Collection[str]) -> list[TimelineEntry]:
    """What runs have written for a Campaign, newest first.

    Args:
        refs: the Campaign's id and the session's id.
    """
    keys = (unindexed(AUDIT.c.run_id), unindexed(AUDIT.c.object), unindexed(AUDIT.c.action))
    counted = (func.min(AUDIT.c.at), func.count(AUDIT.c.record_id.distinct()), func.count())
    query = select(*keys, *counted).where(AUDIT.c.pair_id == state.pair_id, AUDIT.c.campaign_ref.in_([*refs]))
    query = query.group_by(*keys).order_by(func.max(AUDIT.c.id).desc()).limit(TIMELINE)
    with state.reading() as connection:
        return [TimelineEntry(*row) for row in connection.execute(query)]


def _webinars(state: PairState) -> Select[Any]:
    columns = [LISTING.c[name] for name in LISTED]
    further = (SESSION.c.read_at, SESSION.c.full_at, SESSION.c.retry, EVENT.c.registration_link)
    read = and_(SESSION.c.pair_id == LISTING.c.pair_id, SESSION.c.session_id == LISTING.c.session_id)
    event = and_(EVENT.c.pair_id == LISTING.c.pair_id, EVENT.c.event_id == LISTING.c.event_id)
    joined = LISTING.outerjoin(SESSION, read).outerjoin(EVENT, event)
    return select(*columns, *further).select_from(joined).where(LISTING.c.pair_id == state.pair_id)


def _filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.status:
        query = query.where(LISTING.c.status == filters.status)
    if filters.text:
        columns = (LISTING.c.title, LISTING.c.name, LISTING.c.session_id)
        query = query.where(or_(*(contains(column, filters.text) for column in columns)))
    if filters.without_campaign:
        query = query.where(LISTING.c.campaign_id.is_(None))
    return query
