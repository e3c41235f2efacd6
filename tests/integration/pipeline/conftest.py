"""The tasks against both sandboxes over HTTP(S), without Airflow's scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.world import World


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(seed="empty", directory=tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def pipeline(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StagedRun:
    """Runs with the connections, a store and a temporary folder (for the token) of this test."""
    own = tmp_path / "tmp"
    own.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(own))
    for name, value in sandbox.connections.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "0")
    return StagedRun(World(sandbox, tmp_path / "store"))
