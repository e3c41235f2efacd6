"""The state database: migrations, damage, transactions."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.state import migrate
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.database_errors import LOST, translated_errors
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.tables import Base
from tests.harness.postgresql import Server

INSERT = text("INSERT INTO last_write (pair_id, run_id, task, try_number, at) VALUES ('p', :run, 't', 1, 0)")


def runs(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.scalars(text("SELECT run_id FROM last_write ORDER BY run_id")))


def reopened(database: Database) -> Database:
    """The database as another process opens it."""
    database.engine.dispose()
    return Database(database.url, migrate.upgrade_if_needed)


def test_the_migrations_create_the_tables_of_the_models(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
        for view in ("v_audit", "v_runs", "v_registrations"):
            assert connection.execute(text(f"SELECT * FROM {view}")).all() == []  # noqa: S608


def test_the_newest_migration_is_the_expected_one() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_a_newer_version_is_rejected(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match=r"has version 9999; .* knows versions up to"):
        runs(reopened(database))


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE customers (id int)"],
        ["CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('fe199e1abd77')"],
        ["CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('0003')"],
    ],
    ids=["without version", "Airflow's version", "a version like ours"],
)
def test_a_database_of_another_program_is_rejected_and_not_changed(tmp_path: Path, statements: list[str]) -> None:
    path = tmp_path / "airflow.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    with pytest.raises(ConfigError, match="belongs to another program"):
        runs(open_database(of_file(path)))
    with closing(sqlite3.connect(path)) as connection:
        assert len(connection.execute("SELECT * FROM sqlite_master").fetchall()) == 1


def test_a_failed_migration_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full after the statements of the migrations, and before their end."""
    database, upgrade = Database(make_url(of_file(tmp_path / "state.db")), migrate.upgrade_if_needed), migrate._upgrade

    def killed(connection: Connection) -> None:
        upgrade(connection)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(migrate, "_upgrade", killed)
    with pytest.raises(ConfigError, match="cannot be opened"):
        runs(database)
    assert migrate.current_version(reopened(database)) is None
    monkeypatch.undo()
    assert runs(reopened(database)) == []
    assert migrate.current_version(database) == migrate.HEAD


def test_tables_that_differ_from_the_version_are_an_error(sqlite: Database) -> None:
    """A backup was restored in parts."""
    with sqlite.transaction() as connection:
        connection.execute(text("DROP TABLE last_write"))
    with pytest.raises(ConfigError, match="does not have the tables of its version"):
        runs(sqlite)


@pytest.mark.parametrize("kind", ["directory", "folder is a file"])
def test_a_path_that_cannot_be_opened_is_an_error_with_a_remedy(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "state.db"
    if kind == "directory":
        path.mkdir()
    else:
        path.write_text("a file")
        path /= "state.db"
    with pytest.raises(ConfigError, match="cannot be opened"):
        runs(open_database(of_file(path)))


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        ("attempt to write a readonly database", ConfigError, "is read-only"),
        ("database or disk is full", TransientError, "disk of the state database .* is full"),
        ("could not extend file: No space left on device", TransientError, "is full"),
        ("database is locked", TransientError, "does not answer"),
        ("unable to open database file", ConfigError, "cannot be opened"),
    ],
)
def test_each_cause_has_its_error(message: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words), translated_errors("state.db"):
        raise OperationalError("INSERT", {"name": "mallory"}, sqlite3.OperationalError(message))


def test_many_processes_create_the_tables_once(database: Database) -> None:
    others = [Database(database.url, migrate.upgrade_if_needed) for _ in range(4)]
    threads = [threading.Thread(target=runs, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [runs(other) for other in others] == [[]] * 4


def test_a_failed_transaction_leaves_the_previous_state(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(INSERT, {"run": "before"})
    with pytest.raises(ValueError, match="killed"), database.transaction() as connection:
        connection.execute(INSERT, {"run": "lost"})
        with database.transaction() as inner:
            inner.execute(INSERT, {"run": "lost too"})
        raise ValueError("killed")
    assert runs(database) == ["before"]


@pytest.mark.parametrize("content", [b"", b"no database at all", None, "truncated"])
def test_a_lost_or_damaged_file_is_an_error_that_names_what_is_lost(sqlite: Database, content: bytes | str) -> None:
    """It is not taken for a new database: the next run would activate the pair again (field findings, C1)."""
    with sqlite.transaction() as connection:
        for number in range(2000):
            connection.execute(INSERT, {"run": f"run-{number:04d}"})
    sqlite.engine.dispose()
    for suffix in ("-wal", "-shm"):
        Path(f"{sqlite.path}{suffix}").unlink(missing_ok=True)
    whole = sqlite.path.read_bytes()
    sqlite.path.unlink()
    if content is not None:
        sqlite.path.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as error:
        runs(reopened(sqlite))
    assert LOST in str(error.value)
    assert "livestorm-salesforce db create" in str(error.value)
    other = reopened(sqlite)
    migrate.create(other)
    assert runs(other) == []


def test_the_files_are_private(tmp_path: Path) -> None:
    """Whatever the mode of the folder (field findings, C5)."""
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    database = open_database(of_file(folder / "state.db"))
    with database.transaction() as connection:
        connection.execute(INSERT, {"run": "one"})
        assert {file.name for file in folder.iterdir()} >= {"state.db", "state.db-wal"}
        assert not [file.name for file in folder.iterdir() if file.stat().st_mode & 0o077]


def test_errors_contain_no_values(database: Database) -> None:
    with pytest.raises(ConfigError) as error, database.transaction() as connection:
        for _ in range(2):
            connection.execute(INSERT, {"run": "mallory@acme.example"})
    assert "mallory" not in str(error.value)
    assert "rejected a statement" in str(error.value)


@pytest.mark.parametrize("url", ["mysql://host/db", "state.db", ""])
def test_other_databases_are_rejected(url: str) -> None:
    with pytest.raises(ConfigError, match="not a URL of SQLite or PostgreSQL"):
        open_database(url)


def test_a_server_that_restarts_is_waited_for(server: Server, postgresql: Database) -> None:
    with postgresql.transaction() as connection:
        connection.execute(INSERT, {"run": "before"})
    server.stop()
    starting = threading.Timer(3, server.start)
    starting.start()
    assert runs(postgresql) == ["before"]
    starting.join()


def test_a_server_that_stops_within_a_transaction_is_a_transient_error(server: Server, postgresql: Database) -> None:
    with pytest.raises(TransientError, match="does not answer"), postgresql.transaction() as connection:
        connection.execute(INSERT, {"run": "lost"})
        server.stop()
        server.start()
        connection.execute(INSERT, {"run": "lost too"})
    assert runs(postgresql) == []
