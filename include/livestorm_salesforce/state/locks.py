"""Mutual exclusion of tasks across machines: PostgreSQL's advisory locks; lock files next to a SQLite database.

The server releases the lock of a killed process at once, and that of a lost machine when it finds its connection dead
(`database.SERVER_KEEPALIVE`); the kernel releases lock files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from livestorm_salesforce.clock import Clock
from livestorm_salesforce.errors import TransientError
from livestorm_salesforce.state.database import Database, lock_key
from livestorm_salesforce.state.database_errors import translated_errors

#: Seconds between two attempts to get a lock.
INTERVAL = 1.0

#: Raises `TransientError` if the lock was lost.
Verify = Callable[[], None]


@contextmanager
def locked(database: Database, name: str, wait_seconds: float, clock: Clock) -> Iterator[Verify]:
    """Hold the lock of a name; yields a function that verifies that it is still held.

    Raises:
        TransientError: another task held the lock for `wait_seconds`.
    """
    if database.is_sqlite:
        with _file_locked(database, name, wait_seconds):
            yield lambda: None
        return
    with translated_errors(str(database)):
        connection = database.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        _acquire(database, connection, name, wait_seconds, clock)
        yield lambda: _verify(database, connection, name)
    finally:
        with suppress(SQLAlchemyError):
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
        connection.close()


@contextmanager
def _file_locked(database: Database, name: str, wait_seconds: float) -> Iterator[None]:
    file = f"{database.path}.{lock_key(name) & 0xFFFFFFFFFFFFFFFF:016x}.lock"
    lock = FileLock(file, mode=0o600)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise _timeout(name, wait_seconds) from None
    try:
        yield
    finally:
        lock.release()


def _acquire(database: Database, connection: Connection, name: str, wait_seconds: float, clock: Clock) -> None:
    deadline = clock.monotonic() + wait_seconds
    query, key = text("SELECT pg_try_advisory_lock(:key)"), {"key": lock_key(name)}
    with translated_errors(str(database)):
        while not connection.scalar(query, key):
            if clock.monotonic() >= deadline:
                raise _timeout(name, wait_seconds)
            clock.sleep(INTERVAL)


def _verify(database: Database, connection: Connection, name: str) -> None:
    """The server releases the locks of a lost connection, so another task may hold the lock now."""
    try:
        connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        lost = True
    else:
        lost = False
    if lost:
        raise TransientError(
            f"The connection that holds the lock '{name.partition(' ')[0]}' in {database} was lost.",
            remedy="none: the retry reads Salesforce again and continues",
        )


def _timeout(name: str, wait_seconds: float) -> TransientError:
    return TransientError(
        f"Another task has held the lock '{name.partition(' ')[0]}' for {wait_seconds / 60:.0f} minutes.",
        remedy="none if the other task ends before the retry; else look for a task that hangs",
    )
