"""Damaged files of a run folder (field C1), and a host whose clock is wrong once (field C10), lose no data."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from livestorm_salesforce.storage import DamagedFile
from tests.fake_clock import FastClock
from tests.harness.webinar import Webinar, members


@pytest.mark.parametrize("content", [b"", b"{", b"no file of ours"])
@pytest.mark.parametrize(
    ("task", "file"),
    [("plan", "registrants-000.parquet"), ("plan", "discover.json"), ("report", "changes.parquet")],
)
def test_a_damaged_file_of_a_run(webinar: Webinar, task: str, file: str, content: bytes) -> None:
    world = webinar.world
    webinar.register("ada")

    def damage(name: str) -> None:
        if name == task and world.number == 1:
            for path in world.store.rglob(file):
                path.write_bytes(content)

    world.before = damage
    report = world.run()
    assert isinstance(report["error"], DamagedFile)
    assert file in str(report["error"]) and "trigger a new run" in str(report["error"])
    assert world.run()["verdict"] == "ok"
    assert members(world) == {"ada": "Registered"}


class WrongClock(FastClock):
    def now(self) -> float:
        return time.time() + timedelta(days=800).total_seconds()


@pytest.mark.parametrize("fails", [False, True])
def test_a_clock_that_is_years_ahead_deletes_neither_audit_log_nor_run_folders(webinar: Webinar, fails: bool) -> None:
    """Such a host may also reject the certificate of Livestorm, so that the run fails."""
    world = webinar.world
    webinar.register("ada")
    world.run()
    right, world.clock = world.clock, WrongClock()
    if fails:
        world.sandbox.faults.add("error", service="livestorm", nth=tuple(range(1, 40)), status=503)
    for _ in range(2):
        world.run()
    world.clock = right
    assert not world.audit("run-1").empty
    assert world.task("run-1", "").folder.has("report.md")
