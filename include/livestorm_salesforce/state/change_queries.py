"""Written values as the pages show them: the audit log, filtered, with names of people and Campaigns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select

from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import AuditEntry, SessionListing

TABLE: Any = AuditEntry.__table__
LISTING: Any = SessionListing.__table__
PEOPLE = ("Lead", "Contact")
NAME_FIELDS = ("FirstName", "LastName")
#: Keys of one query.
BATCH = 5_000


class Filters(NamedTuple):
    """Which written values are listed; an empty filter selects all.

    Attributes:
        records, addresses: ids and e-mail keys of which one must match; None selects all.
    """

    sobject: str = ""
    field: str = ""
    reason: str = ""
    action: str = ""
    run_id: str = ""
    records: frozenset[str] | None = None
    addresses: frozenset[str] = frozenset()


class Change(NamedTuple):
    """One written field: see `tables.AuditEntry`."""

    at: datetime
    run_id: str
    action: str
    object: str
    record_id: str | None
    field: str
    before: str | None
    after: str | None
    reason: str
    source_key: str | None
    campaign_ref: str | None


class WrittenName(NamedTuple):
    """First and last name last written for a person, and their e-mail key.

    Attributes:
        is_complete: whether both names were written; a run that changes one of them writes this one only.
    """

    name: str
    address: str
    is_complete: bool


class CampaignWebinar(NamedTuple):
    """The webinar of a Campaign; the newest if it has several."""

    session_id: str
    title: str


class FieldCount(NamedTuple):
    """Number of written values of a field by action and reason."""

    object: str
    field: str
    action: str
    reason: str
    values: int


def changes(state: PairState, filters: Filters, *, limit: int, offset: int = 0) -> list[Change]:
    """Written values, newest first."""
    query = _filtered(select(*(TABLE.c[name] for name in Change._fields)), state, filters)
    with state.reading() as connection:
        return [
            Change(*row)
            for row in connection.execute(
                query.order_by(TABLE.c.at.desc(), TABLE.c.id.desc()).limit(limit).offset(offset)
            )
        ]


def batches(state: PairState, filters: Filters, *, limit: int, size: int = BATCH) -> Iterator[list[Change]]:
    """As `changes`, a batch at a time: each is one query, so that a slow reader holds no connection."""
    ids = _filtered(select(TABLE.c.id), state, filters).order_by(TABLE.c.at.desc(), TABLE.c.id.desc()).limit(limit)
    with state.reading() as connection:
        wanted = [*connection.scalars(ids)]
    query = select(*(TABLE.c[name] for name in Change._fields)).order_by(TABLE.c.at.desc(), TABLE.c.id.desc())
    for start in range(0, len(wanted), size):
        with state.reading() as connection:
            rows = connection.execute(query.where(TABLE.c.id.in_(wanted[start : start + size]))).all()
        yield [Change(*row) for row in rows]


def field_counts(state: PairState, filters: Filters) -> list[FieldCount]:
    """Written values by field, action and reason, the most frequent first."""
    keys = (TABLE.c.object, TABLE.c.field, TABLE.c.action, TABLE.c.reason)
    query = _filtered(select(*keys, func.count().label("values")), state, filters).group_by(*keys)
    with state.reading() as connection:
        rows = [FieldCount(*row) for row in connection.execute(query)]
    return sorted(rows, key=lambda row: (-row.values, row[:4]))


def names(state: PairState, records: Collection[str], addresses: Collection[str] = ()) -> dict[str, WrittenName]:
    """Names last written, by record id and by e-mail key."""
    keys = (TABLE.c.record_id, TABLE.c.source_key, TABLE.c.field, TABLE.c.after)
    own = (TABLE.c.pair_id == state.pair_id, TABLE.c.object.in_(PEOPLE), TABLE.c.field.in_(NAME_FIELDS))
    found: dict[str, dict[str, str]] = {}
    with state.reading() as connection:
        for column, some in _batches((TABLE.c.record_id, records), (TABLE.c.source_key, addresses)):
            for row in connection.execute(select(*keys).where(*own, column.in_(some)).order_by(TABLE.c.id)):
                for key in {row.record_id, row.source_key} - {None}:
                    found.setdefault(key, {"address": row.source_key or ""})[row.field] = row.after or ""
    return {
        key: WrittenName(
            " ".join(filter(None, map(parts.get, NAME_FIELDS))), parts["address"], all(map(parts.get, NAME_FIELDS))
        )
        for key, parts in found.items()
    }


def _batches(*wanted: tuple[Any, Collection[str]]) -> Iterator[tuple[Any, list[str]]]:
    """Columns with the keys of one query each."""
    for column, keys in wanted:
        values = [*keys]
        for start in range(0, len(values), BATCH):
            yield column, values[start : start + BATCH]


def campaign_titles(state: PairState, refs: Iterable[str]) -> dict[str, str]:
    """As `campaign_webinars`, the titles only."""
    return {ref: webinar.title for ref, webinar in campaign_webinars(state, refs).items()}


def campaign_webinars(state: PairState, refs: Iterable[str]) -> dict[str, CampaignWebinar]:
    """The webinar by the id of its session or Campaign."""
    wanted = [*{*refs}]
    query = select(LISTING.c.session_id, LISTING.c.campaign_id, LISTING.c.title, LISTING.c.name).where(
        LISTING.c.pair_id == state.pair_id,
        or_(LISTING.c.session_id.in_(wanted), LISTING.c.campaign_id.in_(wanted)),
    )
    found: dict[str, CampaignWebinar] = {}
    with state.reading() as connection:
        for session_id, campaign_id, title, name in connection.execute(query.order_by(LISTING.c.starts_at)):
            webinar = CampaignWebinar(session_id, title or name or session_id)
            found |= {key: webinar for key in (session_id, campaign_id) if key}
    return found


def _filtered(query: Select[Any], state: PairState, filters: Filters) -> Select[Any]:
    equal = {
        "object": filters.sobject,
        "field": filters.field,
        "reason": filters.reason,
        "action": filters.action,
        "run_id": filters.run_id,
    }
    conditions: list[ColumnElement[bool]] = [TABLE.c[name] == value for name, value in equal.items() if value]
    own = TABLE.c.pair_id == state.pair_id
    if filters.records is None:
        return query.where(own, *conditions)
    by_record, by_key = TABLE.c.record_id.in_([*filters.records]), TABLE.c.source_key.in_([*filters.addresses])
    return query.where((own & by_record) | (own & by_key), *conditions)
