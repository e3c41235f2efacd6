"""The waits for the locks of transactions and migrations end with a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from livestorm_salesforce.errors import TransientError
from livestorm_salesforce.state import migrate
from livestorm_salesforce.state.database import Database, lock_key
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database

INSERT = text("INSERT INTO last_write (pair_id, run_id, task, try_number, at) VALUES ('p', :run, 't', 1, 0)")


@pytest.fixture
def impatient(postgresql: Database) -> Database:
    """A database whose transactions wait for a second."""
    return Database(postgresql.url, migrate.upgrade_if_needed, lock_seconds=1)


def runs(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.scalars(text("SELECT run_id FROM last_write ORDER BY run_id")))


@contextmanager
def another_session(database: Database, statement: str) -> Iterator[None]:
    """Another session, in whose transaction this statement takes a lock."""
    with database.engine.begin() as connection:
        connection.execute(text(statement))
        yield


def test_the_wait_for_the_lock_of_a_transaction_ends_with_a_message(impatient: Database) -> None:
    assert runs(impatient) == []
    timeout = r"Another process has held the lock 'commit' of the state database for 1 s\. Remedy: .*pg_locks"
    with another_session(impatient, f"SELECT pg_advisory_xact_lock({lock_key('commit pair')})"):
        with pytest.raises(TransientError, match=timeout), impatient.transaction(lock="commit pair"):
            pass
        with impatient.transaction(lock="commit other") as connection:
            connection.execute(INSERT, {"run": "other"})
    with impatient.transaction(lock="commit pair") as connection:
        connection.execute(INSERT, {"run": "pair"})
    assert runs(impatient) == ["other", "pair"]


def test_a_locked_transaction_waits_no_longer_for_a_table(impatient: Database) -> None:
    assert runs(impatient) == []
    with another_session(impatient, "LOCK TABLE last_write"):
        timeout = pytest.raises(TransientError, match=r"waited too long for a lock of another session")
        with timeout, impatient.transaction(lock="commit pair") as connection:
            connection.execute(INSERT, {"run": "mallory"})


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_wait_for_another_migration_ends_with_a_message(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = of_file(tmp_path / "state.db") if kind == "sqlite" else request.getfixturevalue("server").create_database()
    database = Database(open_database(url).url, migrate.upgrade_if_needed)
    monkeypatch.setattr(migrate, "WAIT_SECONDS", 1)
    with migrate._exclusive(database):
        other = Database(database.url, migrate.upgrade_if_needed)
        with pytest.raises(TransientError, match=r"held the lock 'migration' of the state database for 1 s"):
            runs(other)
    assert runs(other) == []
