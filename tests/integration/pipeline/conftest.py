"""The pipeline against both stand-ins over real HTTP(S), without Airflow's scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from tests.integration.pipeline.drive import Driver


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(seed="empty", directory=tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def driver(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Runs of the DAG's tasks, with the connections, a store and a temporary folder (for the token) of this test."""
    own = tmp_path / "tmp"
    own.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(own))
    for name, value in sandbox.connections.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "0")
    return Driver(sandbox)
