"""Finds a person in the state database: by address, record id or name; their registrations and records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.state.change_queries import NAME_FIELDS, PEOPLE, names
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import AuditEntry, Registration
from livestorm_salesforce.state.text_search import contains

OWN: Any = Registration.__table__
AUDIT: Any = AuditEntry.__table__
#: Records whose name contains the first word of a search, newest first; the other words are compared afterwards.
CANDIDATES = 500
#: Objects whose entries have no address as `source_key`.
CAMPAIGN_OBJECTS = ("Campaign", "CampaignMemberStatus")


@dataclass
class PersonKeys:
    """What identifies a person: Lead and Contact ids, e-mail keys, HMACs of e-mail keys."""

    records: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    hmacs: set[str] = field(default_factory=set)


class Selection(NamedTuple):
    """Which registrations of a session are listed; None selects all.

    Attributes:
        reasons: of the last run that read the registration.
    """

    is_loaded: bool | None = None
    attended: bool | None = None
    watched: bool | None = None
    in_list: bool = True
    reasons: tuple[str, ...] | None = None


class Match(NamedTuple):
    """A record whose name was found."""

    record_id: str
    name: str
    address: str


class PersonRegistration(NamedTuple):
    """A registration: see `tables.Registration`."""

    session_id: str
    person_id: str
    in_list: bool
    registered_at: datetime | None
    is_loaded: bool
    record_id: str | None
    attended: bool | None
    watched: bool | None
    loaded_at: datetime | None
    bucket: str | None
    reason: str | None
    run_id: str | None
    email_hmac: str | None


def by_name(state: PairState, text: str, limit: int) -> list[Match]:
    """Records of whose first and last name every word of a text is a part, newest first."""
    words = text.split()
    if not words:
        return []
    own = (AUDIT.c.pair_id == state.pair_id, AUDIT.c.object.in_(PEOPLE), AUDIT.c.field.in_(NAME_FIELDS))
    longest = max(words, key=len)
    query = select(AUDIT.c.record_id).where(*own, contains(AUDIT.c.after, longest))
    with state.reading() as connection:
        rows = connection.execute(query.order_by(AUDIT.c.id.desc()).limit(CANDIDATES)).all()
    full = names(state, list(dict.fromkeys(row.record_id for row in rows if row.record_id)))
    records = dict.fromkeys(row.record_id for row in rows if row.record_id in full)
    found = [(one, full[one]) for one in records if has_words(full[one].name, words)]
    return [Match(one, name.name, name.address) for one, name in found[:limit]]


def has_words(name: str, words: list[str]) -> bool:
    """Whether every word is a part of a name, in any case."""
    return all(word.casefold() in name.casefold() for word in words)


def keys_of(state: PairState, start: PersonKeys) -> PersonKeys:
    """All records and addresses that registrations and audit log connect with those given."""
    found = PersonKeys({*start.records}, {*start.addresses}, {*start.hmacs})
    secret, size = state.key(), -1
    with state.reading() as connection:
        while size != (size := sum(map(len, (found.records, found.addresses, found.hmacs)))):
            found.hmacs |= {email_hmac(address, secret) for address in found.addresses}
            for record_id, hmac in connection.execute(_query_of_registrations(state, found)):
                found.records |= {record_id} - {None}
                found.hmacs |= {hmac} - {None}
            for query in _queries_of_writes(state, found):
                for sobject, record_id, address in connection.execute(query):
                    if sobject in CAMPAIGN_OBJECTS:
                        continue
                    found.records |= ({record_id} if sobject in PEOPLE else set()) - {None}
                    found.addresses |= {address} - {None}
    return found


def _query_of_registrations(state: PairState, keys: PersonKeys) -> Select[Any]:
    return select(OWN.c.record_id, OWN.c.email_hmac).where(_own(state, keys))


def _queries_of_writes(state: PairState, keys: PersonKeys) -> Iterator[Select[Any]]:
    """One query per index: SQLite reads the whole log for a condition on either column."""
    columns = (AUDIT.c.object, AUDIT.c.record_id, AUDIT.c.source_key)
    for column, wanted in ((AUDIT.c.record_id, keys.records), (AUDIT.c.source_key, keys.addresses)):
        if wanted:
            yield select(*columns).where(AUDIT.c.pair_id == state.pair_id, column.in_([*wanted]))


def of_session(
    state: PairState, session_id: str, selection: Selection, *, limit: int, offset: int = 0
) -> list[PersonRegistration]:
    """The selected registrations of a session, newest first."""
    query = _selected(select(*_columns()), state, session_id, selection)
    query = query.order_by(OWN.c.registered_at.desc().nulls_last(), OWN.c.person_id)
    with state.reading() as connection:
        return [PersonRegistration(*row) for row in connection.execute(query.limit(limit).offset(offset))]


def batches_of_session(
    state: PairState, session_id: str, selection: Selection, *, limit: int, size: int
) -> Iterator[list[PersonRegistration]]:
    """As `of_session`, a batch at a time: each is one query, so that a slow reader holds no connection."""
    order = (OWN.c.registered_at.desc().nulls_last(), OWN.c.person_id)
    ids = _selected(select(OWN.c.person_id), state, session_id, selection).order_by(*order).limit(limit)
    with state.reading() as connection:
        wanted = [*connection.scalars(ids)]
    query = _selected(select(*_columns()), state, session_id, selection).order_by(*order)
    for start in range(0, len(wanted), size):
        with state.reading() as connection:
            rows = connection.execute(query.where(OWN.c.person_id.in_(wanted[start : start + size]))).all()
        yield [PersonRegistration(*row) for row in rows]


def count_of_session(state: PairState, session_id: str, selection: Selection) -> int:
    """Number of the selected registrations."""
    with state.reading() as connection:
        return connection.scalar(_selected(select(func.count()), state, session_id, selection)) or 0


def registrations(state: PairState, keys: PersonKeys) -> list[PersonRegistration]:
    """The registrations of a person, newest first."""
    query = select(*_columns()).where(_own(state, keys)).order_by(OWN.c.registered_at.desc().nulls_last())
    with state.reading() as connection:
        return [PersonRegistration(*row) for row in connection.execute(query)]


def registration(state: PairState, session_id: str, person_id: str) -> PersonKeys:
    """What identifies the person of a registration; empty if there is no such registration."""
    query = select(OWN.c.record_id, OWN.c.email_hmac).where(
        OWN.c.pair_id == state.pair_id, OWN.c.session_id == session_id, OWN.c.person_id == person_id
    )
    with state.reading() as connection:
        row = connection.execute(query).first()
    return PersonKeys({*filter(None, row[:1])}, set(), {*filter(None, row[1:])}) if row else PersonKeys()


def of_registrant(state: PairState, person_id: str) -> PersonKeys:
    """What identifies the person with an id of Livestorm, in any session; empty if there is none."""
    query = select(OWN.c.record_id, OWN.c.email_hmac).where(
        OWN.c.pair_id == state.pair_id, OWN.c.person_id == person_id
    )
    with state.reading() as connection:
        rows = connection.execute(query).all()
    return PersonKeys({row[0] for row in rows if row[0]}, set(), {row[1] for row in rows if row[1]})


def runs_without_record(state: PairState, limit: int) -> list[str]:
    """The newest runs that read registrations which have no record: the names of these people are in their folders."""
    query = select(OWN.c.run_id).where(OWN.c.pair_id == state.pair_id, OWN.c.record_id.is_(None))
    query = query.where(OWN.c.run_id.is_not(None)).group_by(OWN.c.run_id)
    with state.reading() as connection:
        return list(connection.scalars(query.order_by(func.max(OWN.c.registered_at).desc()).limit(limit)))


def _columns() -> list[Any]:
    return [
        OWN.c.member_hash.is_not(None) if name == "is_loaded" else OWN.c[name] for name in PersonRegistration._fields
    ]


def _selected(query: Select[Any], state: PairState, session_id: str, selection: Selection) -> Select[Any]:
    query = query.where(OWN.c.pair_id == state.pair_id, OWN.c.session_id == session_id)
    query = query.where(OWN.c.in_list.is_(selection.in_list))
    if selection.is_loaded is not None:
        loaded = OWN.c.member_hash.is_not(None)
        query = query.where(loaded if selection.is_loaded else ~loaded)
    for name, wanted in (("attended", selection.attended), ("watched", selection.watched)):
        if wanted is not None:
            query = query.where(func.coalesce(OWN.c[name], False).is_(wanted))
    return query if selection.reasons is None else query.where(func.coalesce(OWN.c.reason, "").in_(selection.reasons))


def _own(state: PairState, keys: PersonKeys) -> Any:
    """One index per condition: SQLite reads all rows of a pair for an `or` within the condition on the pair."""
    own = OWN.c.pair_id == state.pair_id
    return or_(own & OWN.c.record_id.in_([*keys.records]), own & OWN.c.email_hmac.in_([*keys.hmacs]))
