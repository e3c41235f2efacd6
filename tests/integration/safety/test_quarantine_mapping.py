"""Rows in quarantine are retried with a changed mapping; a mapping with the same decisions costs no call."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar
from tests.harness.world import World
from tests.integration.safety.test_quarantine_actions import settle


def remap(monkeypatch: pytest.MonkeyPatch, folder: Path, words: str) -> None:
    (folder / "mapping.yaml").write_text(words)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(folder / "mapping.yaml"))


UNTITLED = """lead: {LastName: last_name, Company: company, Email: {from: email, policy: create_only}}
"""
DAILY = "reading: {on_demand_minutes: 30}\n"  # a change of what decides about no row


@pytest.fixture
def over(webinar: Webinar) -> Webinar:
    """A session that ended days ago, with one row that the org rejected again a few minutes ago, for its Title."""
    world = webinar.world
    world.refuse("Lead", "Title", "Clown")
    webinar.register("ada")
    webinar.register("mallory", job_title="Clown")
    world.run()
    world.sandbox.clock.advance(days=5)
    world.run({"full_read": True})
    assert (len(world.quarantine), len(world.org.rows("Lead"))) == (1, 1)
    world.sandbox.clock.advance(minutes=10)
    return webinar


def reads(world: World) -> int:
    """Number of calls of the next run for one session or its registrants."""
    world.sandbox.calls.reset()
    world.run()
    calls = world.sandbox.calls
    return sum(calls.count(service="livestorm", call_type=kind) for kind in ("sessions.people", "sessions.get"))


def test_a_row_is_retried_with_a_corrected_mapping(
    over: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = over.world
    remap(monkeypatch, tmp_path, UNTITLED)
    result = world.run()
    assert (result["verdict"], result["buckets"]["created"]) == ("ok", 1)
    assert world.quarantine.empty
    assert reads(world) == 0


def test_a_dismissed_row_is_retried_with_a_corrected_mapping(
    over: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = over.world
    settle(world, "dismiss", [over.session], "a clown")
    assert reads(world) == 0
    remap(monkeypatch, tmp_path, UNTITLED)
    assert world.run()["buckets"]["created"] == 1
    assert world.quarantine.empty


def test_a_mapping_with_the_same_decisions_costs_no_call(
    over: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert reads(over.world) == 0
    remap(monkeypatch, tmp_path, DAILY)
    assert reads(over.world) == 0
    assert over.world.quarantine["tries"].tolist() == [2]


def test_a_row_rejected_with_the_new_mapping_too_remains_in_quarantine(
    over: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = over.world
    remap(monkeypatch, tmp_path, "fallback: unknown\n")
    assert world.run()["buckets"]["refused"] == 1
    assert world.quarantine["tries"].tolist() == [3]
    world.sandbox.clock.advance(minutes=10)
    assert reads(world) == 0
    assert world.quarantine["tries"].tolist() == [3]
