"""Find and delete the rows of a data subject in the state database, of all pairs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, text

from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.errors import TransientError
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.tables import (
    AuditEntry,
    Base,
    LatestAnswer,
    Pair,
    Quarantine,
    Registration,
    WebhookDelivery,
)

#: Tables that are searched; the others hold no personal data.
SEARCHED = (Registration, LatestAnswer, Quarantine, AuditEntry, WebhookDelivery)


def collect(connection: Connection, subject: DataSubject, key: str | None) -> None:
    """Add the addresses and ids of the person that the database knows.

    Args:
        key: the setting `key_secret`; None: each pair has a key of its own.
    """
    addresses = connection.scalars(select(AuditEntry.source_key).distinct().where(AuditEntry.source_key.is_not(None)))
    subject.addresses.update(address for address in addresses if address and subject.is_meant(address))
    rows = connection.execute(
        select(Registration.person_id, Registration.record_id).where(_is_own_registration(connection, subject, key))
    )
    subject.ids.update(one for row in rows for one in row if one)
    records = select(AuditEntry.record_id).where(AuditEntry.source_key.in_(subject.addresses)).distinct()
    subject.ids.update(one for one in connection.scalars(records) if one)
    for delivery in connection.scalars(select(WebhookDelivery.registrant)):
        subject.collect_line(json.dumps(delivery))


def erase(connection: Connection, subject: DataSubject, key: str | None) -> dict[str, int]:
    """Delete the person's rows; returns their number by table."""
    return {
        table.__tablename__: connection.execute(delete(table).where(condition)).rowcount
        for table, condition in _conditions(connection, subject, key)
    }


def count(connection: Connection, subject: DataSubject, key: str | None) -> int:
    """Number of the person's rows in all tables."""
    return sum(counts(connection, subject, key).values())


def counts(connection: Connection, subject: DataSubject, key: str | None) -> dict[str, int]:
    """Number of the person's rows by table."""
    return {
        table.__tablename__: _count(connection, table, rows) for table, rows in _conditions(connection, subject, key)
    }


def own_rows(connection: Connection, subject: DataSubject, key: str | None) -> dict[str, int]:
    """Number of rows by table with an address of the person or an id of a registration of theirs.

    The large tables are searched by index, so that a page can wait for it. `counts` reads every text, and also finds
    rows of other people that mention the person.
    """
    pairs = connection.scalars(select(Pair.pair_id)).all()
    hmacs = _hmacs(connection, subject, key)
    registered = (Registration.pair_id.in_(pairs), Registration.email_hmac.in_(hmacs))
    found = connection.execute(select(Registration.person_id, Registration.record_id).where(*registered)).all()
    subject.ids.update(one for row in found for one in row if one)
    audited = (AuditEntry.source_key.in_(subject.addresses), AuditEntry.record_id.in_(subject.ids))
    rows = {
        Registration: and_(*registered),
        LatestAnswer: and_(LatestAnswer.pair_id.in_(pairs), LatestAnswer.email_hmac.in_(hmacs)),
        Quarantine: Quarantine.person_id.in_(subject.ids),
        AuditEntry: or_(*(and_(AuditEntry.pair_id.in_(pairs), one) for one in audited)),
        WebhookDelivery: WebhookDelivery.digest.in_(_deliveries(connection, subject)),
    }
    return {model.__tablename__: _count(connection, model, condition) for model, condition in rows.items()}


def purge(database: Database) -> None:
    """Remove deleted rows from the files of the database, as far as the database allows it.

    Raises:
        TransientError: another process keeps the write-ahead log of SQLite in use.

    SQLite overwrites deleted rows (`secure_delete`), but its write-ahead log holds earlier pages. PostgreSQL frees the
    space of deleted rows by VACUUM; its own write-ahead log and backups are rotated by their operator.
    """
    if database.is_sqlite:
        with closing(database.engine.raw_connection()) as raw:  # outside of a transaction
            is_busy, *_ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise TransientError(
                f"The person was erased. The write-ahead log of {database}, which contains earlier values, could not "
                "be emptied: another process reads the database.",
                remedy="none if the retry succeeds; else close other programs that have opened the database",
            )
        return
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for model in SEARCHED:
            connection.execute(text(f"VACUUM {model.__tablename__}"))


def _conditions(
    connection: Connection, subject: DataSubject, key: str | None
) -> Iterator[tuple[type[Base], ColumnElement[bool]]]:
    """The tables and the condition of the person's rows."""
    hmacs = _hmacs(connection, subject, key)
    yield Registration, or_(Registration.email_hmac.in_(hmacs), Registration.person_id.in_(subject.ids))
    yield LatestAnswer, LatestAnswer.email_hmac.in_(hmacs)
    named = _mentioned(connection, subject, Quarantine, Quarantine.person_id)
    yield Quarantine, or_(Quarantine.person_id.in_(subject.ids), Quarantine.person_id.in_(named))
    named = _mentioned(connection, subject, AuditEntry, AuditEntry.id)
    own = or_(AuditEntry.source_key.in_(subject.addresses), AuditEntry.record_id.in_(subject.ids))
    yield AuditEntry, or_(own, AuditEntry.id.in_(named))
    yield WebhookDelivery, WebhookDelivery.digest.in_(_deliveries(connection, subject))


def _count(connection: Connection, model: type[Base], rows: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(model).where(rows)) or 0


def _deliveries(connection: Connection, subject: DataSubject) -> list[str]:
    """Digests of the deliveries that concern the person."""
    deliveries = connection.execute(select(WebhookDelivery.digest, WebhookDelivery.registrant))
    return [digest for digest, registrant in deliveries if subject.is_in_resource(json.dumps(registrant))]


def _mentioned(connection: Connection, subject: DataSubject, model: type[Base], key: Any) -> list[Any]:
    """Keys of the rows with a text that contains an address or a unique id of the person."""
    texts = {
        Quarantine: (Quarantine.message,),
        AuditEntry: (AuditEntry.before, AuditEntry.after, AuditEntry.campaign_ref),
    }[model]
    words = subject.addresses | subject.unique_ids
    likely = or_(*(column.icontains(word, autoescape=True) for column in texts for word in words)) if words else None
    if likely is None:
        return []
    rows = connection.execute(select(key, *texts).where(likely))
    return [row[0] for row in rows if any(subject.is_named_in(str(value)) for value in row[1:] if value)]


def _is_own_registration(connection: Connection, subject: DataSubject, key: str | None) -> ColumnElement[bool]:
    hmacs = _hmacs(connection, subject, key)
    return or_(Registration.email_hmac.in_(hmacs), Registration.person_id.in_(subject.ids))


def _hmacs(connection: Connection, subject: DataSubject, key: str | None) -> list[str]:
    """HMACs of the person's addresses with the key of each pair."""
    keys = [key] if key else connection.scalars(select(Pair.hmac_key)).all()
    return sorted(subject.hmacs | {email_hmac(address, one) for address in subject.addresses for one in keys})
