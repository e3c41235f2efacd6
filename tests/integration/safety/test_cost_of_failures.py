"""Trouble costs no more of Livestorm's calls than it must: faults, refused rows, given-up sessions, cut backfills."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.errors import RETRIES, TransientError
from tests.harness.webinar import Tour, Webinar, make_webinar, members
from tests.harness.world import World


def reading(world: World) -> dict[str, str]:
    """Whose people the last run read, by session."""
    sessions = world.task(world.last["run_id"], "").folder.read("sessions")
    return dict(sessions.loc[sessions["read"], ["session_id", "read_mode"]].itertuples(index=False))


def looked_up(world: World) -> int:
    return world.sandbox.calls.count(service="livestorm", call_type="sessions.get")


def test_after_a_fault_the_new_people_are_read_and_not_everybody(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    world.run()
    webinar.register("bob")
    world.sandbox.clock.advance(hours=1)
    world.sandbox.faults.add("error", service="livestorm", path=f"/sessions/{webinar.session}/people", status=500)
    for task, do in world.tasks("r", {}, manual=False):
        if task.startswith("extract"):
            with pytest.raises(TransientError):
                do(RETRIES)
        do(RETRIES + 1)
    world.sandbox.faults.clear()
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert reading(world) == {webinar.session: "incremental"}
    assert set(members(world)) == {"ada", "bob"}


def test_refused_rows_of_a_session_are_tried_together(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse("Lead", "Title", "Refused")
    start = world.sandbox.clock.now() + timedelta(days=10)
    far = Webinar(world, webinar.event, world.livestorm.add_session(webinar.event, start))
    for name in ("ada", "bob", "cyd"):
        far.register(name, job_title="Refused")
        world.run()
        world.sandbox.clock.advance(hours=5)
    tries = 0
    for _ in range(16):
        world.sandbox.clock.advance(hours=3)
        world.run()
        sessions = world.task(world.last["run_id"], "").folder.read("sessions")
        tries += (sessions["read_reason"] == "a refused row is tried again").any()
    assert tries == 2
    assert world.quarantine["tries"].tolist() == [3, 3, 3]


def test_a_refused_row_of_a_canceled_session_costs_one_look_up_a_day(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse("Lead", "Title", "Refused")
    webinar.register("ada", job_title="Refused")
    world.run()
    world.livestorm.cancel_session(webinar.session)
    world.sandbox.clock.advance(days=3)
    world.run()
    world.sandbox.calls.reset()
    for _ in range(16):
        world.sandbox.clock.advance(hours=3)
        world.run()
    assert looked_up(world) <= 2  # none, where the daily list of old sessions is read in the same run


def test_only_sessions_that_somebody_missed_are_read_again_when_another_is_given_up(tour: Tour) -> None:
    first, later, _ = tour
    world = first.world
    second = Webinar(world, first.event, world.livestorm.add_session(
        first.event, world.sandbox.clock.now() + timedelta(days=1)
    ))  # fmt: skip
    for one, name in ((first, "ada"), (second, "bob"), (later, "ada")):
        one.register(name)
    world.run()
    world.sandbox.clock.advance(days=1, hours=9)  # read, and not to be read again within the next runs
    world.run()
    world.sandbox.clock.advance(minutes=30)
    world.run()
    world.livestorm.cancel_session(later.session)
    world.sandbox.clock.advance(minutes=30)
    world.run()
    world.sandbox.clock.advance(minutes=30)
    world.run()
    assert reading(world) == {first.session: "full"}
    assert members(world) == {"ada": "Not Attended", "bob": "Not Attended"}


def test_a_backfill_that_was_cut_goes_on_by_itself(webinar: Webinar) -> None:
    """However old its sessions are: no list shows them again."""
    world = webinar.world
    webinar.register("ada")
    old = world.livestorm.add_session(webinar.event, world.sandbox.clock.now() - timedelta(days=200))
    for number in range(2):
        world.livestorm.register(old, f"old{number}@acme.example", "Old", f"Person{number}", fields={"company": "Acme"})
    world.run()
    world.livestorm.quota.set_remaining(502)
    assert world.run({"backfill_from": "2026-01-01"}, manual=True)["sessions"]["deferred"] > 0
    world.livestorm.quota.set_remaining(9_000)
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert {"old0", "old1"} <= set(members(world))


def test_a_run_for_another_event_puts_no_refused_row_off(webinar: Webinar) -> None:
    world = webinar.world
    other = make_webinar(world, "Another tour")
    world.refuse("Lead", "Title", "Refused")
    webinar.register("ada", job_title="Refused")
    world.run()
    before = world.quarantine["last_at"].tolist()
    world.sandbox.clock.advance(hours=12)
    world.run({"event_ids": [other.event]}, manual=True)
    assert world.quarantine["last_at"].tolist() == before


def corrected(world: World, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Somebody corrects the mapping; three runs see it."""
    (folder / "mapping.yaml").write_text("fallback: unknown\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(folder / "mapping.yaml"))
    world.sandbox.calls.reset()
    for _ in range(3):
        world.sandbox.clock.advance(minutes=15)
        world.run()


def test_rows_of_an_old_mapping_wait_while_the_month_is_short(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A corrected mapping makes all rows due at once, however many: they take what is kept for refreshing."""
    world = webinar.world
    world.refuse("Lead", "Title", "Refused")
    webinar.register("ada", job_title="Refused")
    world.run()
    world.sandbox.clock.advance(days=5)
    world.run({"full_read": True})
    monkeypatch.setattr(Quota, "refresh_headroom", 0)
    corrected(world, monkeypatch, tmp_path)
    assert looked_up(world) == 0
    assert world.quarantine["tries"].tolist() == [2]
    monkeypatch.setattr(Quota, "refresh_headroom", 1)
    world.run()
    assert world.quarantine["tries"].tolist() == [3]


def test_rows_of_a_canceled_session_cost_one_look_up_per_mapping(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = webinar.world
    world.refuse("Lead", "Title", "Refused")
    webinar.register("ada", job_title="Refused")
    world.run()
    world.livestorm.cancel_session(webinar.session)
    world.sandbox.clock.advance(days=3)
    world.run()
    corrected(world, monkeypatch, tmp_path)
    assert looked_up(world) == 1
