"""Fixtures of the page tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from livestorm_salesforce.runs import identity
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import pairs
from livestorm_salesforce.state.pair_state import PairState

CONNECTIONS = {
    "AIRFLOW_CONN_LIVESTORM_DEFAULT": "livestorm://:token@api.livestorm.co/?__extra__=%7B%7D",
    "AIRFLOW_CONN_SALESFORCE_DEFAULT": '{"conn_type": "salesforce", "login": "sync@acme.example", "password": "x", '
    '"extra": {"instance_url": "https://acme.my.salesforce.com"}}',
}


@pytest.fixture(scope="session")
def browser() -> str:
    """Path of a Chromium; without one these tests are skipped, but never in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine; CI has one")
    assert found, "CI needs Chromium: install Debian's package chromium"
    return found


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PairState:
    """The empty state of a pair whose services do not exist."""
    for name, value in (CONNECTIONS | {"LIVESTORM_SALESFORCE_STORE": f"file://{tmp_path}/store"}).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "store").mkdir()
    app = AppContext.from_environment()
    connections = identity.connections_of(app)
    found = pairs.StoredPair("pair", "org", "00D000000000001", connections.address)
    pair = pairs.bind(app.database, connections, found)
    return PairState(app.database, pair.pair_id, lambda: pairs.hmac_key(app.database, pair.pair_id))
