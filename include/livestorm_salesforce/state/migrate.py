"""Create the tables of the state database, or migrate them to this version, under a lock."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, inspect, text

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state.database import SCHEMA, Database, lock_transaction
from livestorm_salesforce.state.database_errors import RESTORE, lock_timeout

#: Revision of the newest migration in `migrations/versions`.
HEAD = "0009"
VERSION_TABLE = "alembic_version"
#: Seconds to wait for another process that migrates, and within a migration for a lock of a table.
WAIT_SECONDS = 300.0
#: Form of our revisions.
REVISION = re.compile(r"\d{4}")


def upgrade_if_needed(database: Database) -> None:
    """Migrate the database unless it has this version's tables.

    Raises:
        ConfigError: the database was lost, or a newer version of this project has written it.
        TransientError: another process has migrated it for `WAIT_SECONDS`, or hangs.
    """
    found = current_version(database)
    if found == HEAD:
        return
    with _exclusive(database) as connection:
        found = _version(connection)
        _check_is_own(database, connection, found)
        if found is not None and found > HEAD:
            raise ConfigError(
                f"The state database {database} has version {found}; this project knows versions up to {HEAD}.",
                remedy="install the version of this project that wrote it, or a newer one",
            )
        if found is None:
            _check_not_lost(database)
        if found != HEAD:
            _upgrade(connection)
    if database.is_sqlite:
        marker(database).touch(mode=0o600)


def current_version(database: Database) -> str | None:
    """The revision of the database; None if it has no tables."""
    if database.is_sqlite and not database.path.exists():
        return None
    with database.connect().execution_options(livestorm_writes=False) as connection:
        return _version(connection)


def create(database: Database) -> None:
    """Create an empty database in place of a lost one; an existing file is moved aside."""
    if database.is_sqlite:
        database.engine.dispose()
        for suffix in ("", "-wal", "-shm"):
            file = Path(f"{database.path}{suffix}")
            if file.exists():
                file.replace(f"{database.path}.damaged{suffix}")
        marker(database).unlink(missing_ok=True)
    upgrade_if_needed(database)


def marker(database: Database) -> Path:
    """A file next to a SQLite database that states that it was created: SQLite takes a missing file for a new one."""
    return Path(f"{database.path}.created")


def _check_is_own(database: Database, connection: Connection, found: str | None) -> None:
    """Another program also has a table `alembic_version`, or tables without one."""
    tables = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
    is_foreign = "pair" not in tables or not REVISION.fullmatch(found) if found else bool(tables)
    if is_foreign:
        raise ConfigError(
            f"The database {database} belongs to another program. Nothing was changed.",
            remedy="name a database or a file of its own for the state",
        )


def _check_not_lost(database: Database) -> None:
    if database.is_sqlite and marker(database).exists():
        raise ConfigError(f"The state database {database} existed and is now missing or empty.", remedy=RESTORE)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return found


@contextmanager
def _exclusive(database: Database) -> Iterator[Connection]:
    """A transaction that no other process migrates in."""
    if database.is_sqlite:
        with _file_locked(database), database.connect() as connection, connection.begin():
            yield connection
        return
    with database.connect() as connection, connection.begin():
        lock_transaction(connection, "migration", WAIT_SECONDS)
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        yield connection


@contextmanager
def _file_locked(database: Database) -> Iterator[None]:
    lock = FileLock(f"{database.path}.lock", mode=0o600)
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        raise lock_timeout("migration", WAIT_SECONDS) from None
    try:
        yield
    finally:
        lock.release()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, "head")
