"""Problems of the state database, and repair of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, Text, func, select, text, type_coerce, update
from sqlalchemy.exc import DatabaseError

from livestorm_salesforce.state import migrate
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.tables import (
    Base,
    Pair,
    Quarantine,
    Registration,
    Run,
    Session,
    SyncPosition,
    WriteIntent,
)

#: Tables whose damaged rows are read from the services again.
REBUILT = ("org_describe", "rate_window")
#: Age of an unfinished run or write that needs attention: a run may wait a day for an approval.
STALE = timedelta(hours=26)
#: Times further in the future than this come from a host with a wrong clock.
MAX_LEAD = timedelta(days=1)


def problems(database: Database) -> list[str]:
    """Problems that a person should know, one sentence each with its remedy; empty if there is none.

    Raises:
        ConfigError: the database is missing, damaged or of another version.
    """
    now = datetime.now(UTC)
    with database.reading() as connection:
        return [
            *_integrity(database, connection),
            *_damaged_values(database, connection),
            *_unfinished(connection, now),
            *_future_times(connection, now),
        ]


def waiting(database: Database) -> list[str]:
    """A sentence on the rows in quarantine; empty if there is none. They are no problem of the database."""
    with database.reading() as connection:
        query = select(func.count()).select_from(Quarantine).where(~Quarantine.dismissed)
        rows = connection.scalar(query) or 0
    return [f"{rows:,} row(s) are in quarantine: the page Attention shows their remedies."] if rows else []


def version(database: Database) -> str:
    """The version of the tables."""
    return migrate.current_version(database) or "none"


def resync(database: Database, session_id: str) -> int:
    """Let the next run read a session in full and compare each of its rows; returns the number of registrations."""
    with database.transaction(lock="commit") as connection:
        connection.execute(update(Session).where(Session.session_id == session_id).values(retry=True, verified_at=None))
        rows = update(Registration).where(Registration.session_id == session_id)
        return connection.execute(rows.values(person_hash=None, member_hash=None)).rowcount


def _integrity(database: Database, connection: Connection) -> list[str]:
    if not database.is_sqlite:
        return []
    try:
        found = connection.execute(text("PRAGMA quick_check")).scalars().all()
    except DatabaseError as error:
        found = [str(error.orig)]
    if found == ["ok"]:
        return []
    return [f"The file {database.path} is damaged ({found[0]}): restore it from a backup."]


def _damaged_values(database: Database, connection: Connection) -> list[str]:
    """Documents that cannot be read. PostgreSQL stores no invalid ones. Caches are rebuilt and not listed."""
    if not database.is_sqlite:
        return []
    found = []
    for table in Base.metadata.sorted_tables:
        for column in (one for one in table.columns if isinstance(one.type, JSON) and table.name not in REBUILT):
            invalid = func.json_valid(type_coerce(column, Text)) == 0
            count = connection.scalar(select(func.count()).select_from(table).where(column.is_not(None), invalid))
            if count:
                keys = [key.name for key in table.primary_key]
                first = connection.execute(select(*table.primary_key.columns).where(invalid).limit(1)).one()
                place = ", ".join(f"{name} {value}" for name, value in zip(keys, first, strict=True))
                found.append(
                    f"{count:,} value(s) of {table.name}.{column.name} cannot be read, the first at {place}: restore "
                    "the database from a backup."
                )
    return found


def _unfinished(connection: Connection, now: datetime) -> list[str]:
    oldest = now - STALE
    runs = connection.scalars(select(Run.run_id).where(Run.ended_at.is_(None), Run.started_at < oldest)).all()
    recorded = connection.scalars(select(WriteIntent.details).where(WriteIntent.recorded_at < oldest.timestamp()))
    intents = [details for details in recorded if not details.get("settled")]
    found = []
    if runs:
        found.append(f"{len(runs)} run(s) did not end, the first is {runs[0]}: clear their failed task in Airflow.")
    if intents:
        found.append(
            f"{len(intents)} load(s) were interrupted more than a day ago: trigger a run, it finds what they wrote."
        )
    return found


def _future_times(connection: Connection, now: datetime) -> list[str]:
    columns: tuple[Any, ...] = (SyncPosition.last_success, Pair.activated_at, Run.started_at)
    latest = [connection.scalar(select(func.max(column))) for column in columns]
    ahead = [moment for moment in latest if moment is not None and moment > now + MAX_LEAD]
    if not ahead:
        return []
    return [f"A stored time is in the future ({max(ahead):%Y-%m-%d}): correct the host's clock, then run a full read."]
