"""State databases: SQLite, and PostgreSQL where its programs are installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.pair_state import PairState
from tests.harness.postgresql import Server, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    return open_database(of_file(tmp_path / "state.db"))


@pytest.fixture
def postgresql(server: Server) -> Database:
    return open_database(server.create_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def state(database: Database) -> PairState:
    return PairState(database, "pair", lambda: "key")
