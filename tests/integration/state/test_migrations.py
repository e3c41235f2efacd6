"""A database of each older version is migrated with its rows (field findings, C18)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import JSON, URL, Boolean, Connection, DateTime, MetaData, Table, insert, select
from sqlalchemy.types import Numeric

from livestorm_salesforce.state import migrate
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.tables import Base
from tests.harness.postgresql import Server

OLDER = [f"{number:04d}" for number in range(1, int(migrate.HEAD))]
AT = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
Rows = dict[str, list[Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """Of a database without tables."""
    if request.param == "sqlite":
        return open_database(of_file(tmp_path / "state.db")).url
    server: Server = request.getfixturevalue("server")
    return open_database(server.create_database()).url


def create_older(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, revision)


def tables_of(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != migrate.VERSION_TABLE]


def sample(column: Any) -> Any:
    """A value for a column of a reflected table. SQLite reflects JSON and times by the names of their types."""
    if isinstance(column.type, JSON):
        return {"a": ["é", 1]}
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, DateTime):
        return AT
    is_number = isinstance(column.type, Numeric) or column.type.python_type in (int, float)
    return 7 if is_number else f"{column.name} é"


def rows_of(connection: Connection, tables: list[Table]) -> Rows:
    return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in tables}


@pytest.mark.parametrize("revision", OLDER)
def test_the_rows_of_an_older_version_are_kept(url: URL, revision: str) -> None:
    older = Database(url, lambda database: None)
    with migrate._exclusive(older) as connection:
        create_older(connection, revision)
        tables = tables_of(connection)
        for table in tables:
            connection.execute(insert(table).values({column.name: sample(column) for column in table.columns}))
        before = rows_of(connection, tables)
    assert len(before) > 10 and all(len(rows) == 1 for rows in before.values())
    older.engine.dispose()
    newer = Database(url, migrate.upgrade_if_needed)
    with newer.reading() as connection:
        assert rows_of(connection, tables) == before
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    newer.engine.dispose()
