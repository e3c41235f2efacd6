"""Errors of the state database as errors of this project, without SQL and values: these hold personal data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from livestorm_salesforce.errors import ConfigError, SyncError, TransientError

#: The data that no later run can rebuild (docs/decisions/0001).
LOST = (
    "the activation time, the latest answers, the quarantine, the audit log, the key of e-mail HMACs, and which record "
    "each registration has: people whose record was deleted or has another address are created again"
)
RESTORE = (
    "restore the database from a backup; without one, run `livestorm-salesforce db create`: the next run reads "
    f"everything again, and these are lost: {LOST}"
)
#: Parts of the texts of SQLite and PostgreSQL, in lower case.
DAMAGED = ("malformed", "not a database", "disk image", "corrupt")
READ_ONLY = ("readonly", "read-only")
FULL = ("is full", "no space left")
OTHER_TABLES = ("no such table", "no such column", "already exists", "duplicate column", "does not exist")
NO_FILE = ("unable to open",)
#: SQLSTATE lock_not_available.
LOCK_NOT_AVAILABLE = "55P03"
HANGING = (
    "none if the retry succeeds; else end the process that hangs: on PostgreSQL, pg_stat_activity and pg_locks show it"
)
WRITABLE = (
    "let the user of Airflow read and write the file and its folder, or connect to a database that can be written"
)


@contextmanager
def translated_errors(database: str) -> Iterator[None]:
    """Raise errors of the database as errors of this project.

    Args:
        database: its name for messages, without a password.
    """
    failure: SyncError
    try:
        yield
    except SyncError:
        raise
    except DatabaseError as error:
        failure = _translated(database, error)
    except SQLAlchemyError as error:
        failure = ConfigError(f"The state database {database} cannot be used ({type(error).__name__}).", remedy=RESTORE)
    else:
        return
    raise failure


@contextmanager
def errors_of_files(database: str) -> Iterator[None]:
    """Raise errors of the file system, while a database is opened or migrated, as errors of this project."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise ConfigError(f"The state database {database} cannot be opened ({reason}).", remedy=WRITABLE)


def is_lock_timeout(error: DatabaseError) -> bool:
    """Whether PostgreSQL cancelled a statement that waited too long for a lock."""
    return getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE


def lock_timeout(name: str, seconds: float) -> TransientError:
    """The error of a transaction or migration that did not get its lock."""
    return TransientError(
        f"Another process has held the lock '{name.partition(' ')[0]}' of the state database for {seconds:,.0f} s.",
        remedy=HANGING,
    )


def _translated(database: str, error: DatabaseError) -> SyncError:
    first, *_ = str(error.orig).splitlines() or [""]  # the others quote values
    text, kind = first.lower(), type(error.orig).__name__
    cause = first if error.orig and not error.params else ""
    if _has(text, DAMAGED):
        return ConfigError(f"The state database {database} is damaged ({cause}).", remedy=RESTORE)
    if _has(text, FULL):
        return TransientError(f"The disk of the state database {database} is full.", remedy="free space on the disk")
    if _has(text, READ_ONLY):
        return ConfigError(f"The state database {database} is read-only.", remedy=WRITABLE)
    if _has(text, NO_FILE):
        return ConfigError(f"The state database {database} cannot be opened ({kind}).", remedy=WRITABLE)
    if _has(text, OTHER_TABLES):
        return ConfigError(
            f"The state database {database} does not have the tables of its version ({kind}).", remedy=RESTORE
        )
    if is_lock_timeout(error):
        return TransientError(
            f"A statement in the state database {database} has waited too long for a lock of another session.",
            remedy=HANGING,
        )
    if isinstance(error, OperationalError):
        return TransientError(
            f"The state database {database} does not answer ({kind}). {cause}".strip(),
            remedy="none if the retry succeeds; else check the server, its disk and the setting",
        )
    return ConfigError(f"The state database {database} rejected a statement ({kind}).")


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
