"""From Livestorm's webhook to Salesforce: what it saves, and that nothing is lost, doubled or turned back by it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from include.livestorm_salesforce.pipeline import memory
from tests.inbox.conftest import Post
from tests.safety.conftest import Webinar, make_webinar
from tests.safety.world import World

BUDGET = "LIVESTORM_SALESFORCE_LIVESTORM_CALLS_PER_RUN"
ONE_LIST = {"sessions.list": 1}


@pytest.fixture
def known(webinar: Webinar, post: Post) -> Webinar:
    """Two registrants are in Salesforce; nobody is told of unless a test does it by hand."""
    webinar.register("ada")
    webinar.register("bob")
    webinar.world.run()
    webinar.world.sandbox.clock.advance(minutes=10)
    return webinar


@pytest.fixture
def watched(known: Webinar, post: Post) -> Webinar:
    """The same; the workspace tells of everything that happens from now on."""
    post.subscribe()
    return known


def scheduled(world: World, **params: Any) -> dict[str, int]:
    """The Livestorm calls of a scheduled run."""
    world.sandbox.calls.reset()
    world.run(params or None)
    assert world.last.get("verdict") == "ok", world.last
    return world.sandbox.calls.tally().get("livestorm", {})


def members(world: World) -> set[str]:
    return {row["Email"].split("@")[0] for row in world.org.rows("CampaignMember")}


def test_new_registrants_cost_no_call(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan", "eve"):
        watched.register(name)
    post.pass_time()
    post.wait_for(3)
    assert scheduled(watched.world) == ONE_LIST
    assert members(watched.world) == {"ada", "bob", "cyd", "dan", "eve"}
    assert watched.world.record("Lead", Email="cyd@acme.example")["Title"] == "Analyst"
    assert watched.world.last["newcomers"] == {"told": 3, "calls": 0}
    assert post.files == []
    watched.world.sandbox.clock.advance(minutes=15)
    assert scheduled(watched.world) == ONE_LIST


def test_a_lost_delivery_is_noticed_by_the_count_and_nobody_is_lost(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan"):
        watched.register(name)
    post.pass_time()
    post.wait_for(2)
    post.files[0].unlink()
    assert scheduled(watched.world) == {**ONE_LIST, "sessions.people": 1}
    assert members(watched.world) == {"ada", "bob", "cyd", "dan"}
    assert watched.world.last["newcomers"] == {"told": 1, "calls": 1}
    assert post.files == []


def test_where_calls_run_short_those_told_of_come_in_and_the_others_are_not_forgotten(
    known: Webinar, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cyd", "dan"):
        known.register(name)
    post.send(post.body(known.session, "cyd@acme.example"))
    monkeypatch.setenv(BUDGET, "1")
    assert scheduled(known.world) == ONE_LIST
    assert members(known.world) == {"ada", "bob", "cyd"}
    assert not known.world.state.read("sessions")["retry"].any()
    assert len(memory.ledger(known.world.state, [known.session])) == 3
    known.register("eve")
    known.world.sandbox.clock.advance(minutes=15)
    post.send(post.body(known.session, "eve@acme.example"))
    assert scheduled(known.world) == ONE_LIST
    assert members(known.world) == {"ada", "bob", "cyd", "eve"}
    monkeypatch.delenv(BUDGET)
    known.world.sandbox.clock.advance(minutes=15)
    assert scheduled(known.world) == {**ONE_LIST, "sessions.people": 1}
    assert members(known.world) == {"ada", "bob", "cyd", "dan", "eve"}


def test_who_leaves_is_noticed_though_somebody_else_was_told_of(watched: Webinar, post: Post) -> None:
    watched.world.livestorm.unregister(watched.session, "bob@acme.example")
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    assert scheduled(watched.world)["sessions.people"] == 2  # who is new does not explain the count: everybody is read
    assert "cyd" in members(watched.world)
    watched.world.sandbox.clock.advance(minutes=15)
    assert scheduled(watched.world) == ONE_LIST


def test_the_same_delivery_twice_and_two_of_one_person_are_one_member(known: Webinar, post: Post) -> None:
    known.register("cyd")
    body = post.body(known.session, "cyd@acme.example")
    assert [post.send(body), post.send(body), post.send(body + b"\n")] == [204] * 3
    assert len(post.files) == 2
    assert scheduled(known.world) == ONE_LIST
    assert known.world.last["registrants"] == 1
    assert len([row for row in known.world.org.rows("CampaignMember") if row["Email"].startswith("cyd")]) == 1


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newest_version_of_a_person_counts_in_whatever_order_it_comes(
    known: Webinar, post: Post, newest_first: bool
) -> None:
    known.register("cyd", job_title="Old")
    old = post.body(known.session, "cyd@acme.example")
    known.world.sandbox.clock.advance(seconds=90)
    known.world.livestorm.edit_registration(known.session, "cyd@acme.example", job_title="New")
    new = post.body(known.session, "cyd@acme.example")
    for body in (new, old) if newest_first else (old, new):
        assert post.send(body) == 204
        known.world.sandbox.clock.advance(seconds=5)
    assert scheduled(known.world) == ONE_LIST
    assert known.world.record("Lead", Email="cyd@acme.example")["Title"] == "New"


def test_a_replay_view_is_told_and_costs_no_call(watched: Webinar, post: Post) -> None:
    world = watched.world
    world.livestorm.attend(watched.session, "ada@acme.example", rate=90)
    world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)  # one attended, one did not
    world.run()
    assert {row["Email"][:3]: row["Status"] for row in world.org.rows("CampaignMember")} == {
        "ada": "Attended",
        "bob": "Not Attended",
    }
    assert post.files == []
    world.sandbox.clock.advance(minutes=20)
    world.livestorm.view_replay(watched.session, "bob@acme.example")
    post.pass_time()
    post.wait_for(1)
    calls = scheduled(world)
    assert "sessions.people" not in calls
    row = world.record("CampaignMember", Email="bob@acme.example")
    assert (row["Status"], row["Livestorm_Replay_Status__c"]) == ("Not Attended", "Watched")
    assert post.files == []


def test_the_end_of_a_session_is_read_in_full_though_everybody_was_told_of(watched: Webinar, post: Post) -> None:
    watched.world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)
    assert scheduled(watched.world)["sessions.people"] == 1


def test_who_starts_a_run_by_hand_reads_by_calls(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    watched.world.sandbox.calls.reset()
    watched.world.run(by_hand=True)
    assert watched.world.sandbox.calls.tally()["livestorm"]["sessions.people"] == 1
    assert "cyd" in members(watched.world)
    assert post.files == []


def test_what_comes_while_a_run_works_is_the_next_ones(known: Webinar, post: Post) -> None:
    known.register("cyd")
    post.send(post.body(known.session, "cyd@acme.example"))

    def meanwhile(task: str) -> None:
        if task in ("extract-0", "plan", "report"):
            known.register(f"late-{task}")
            post.send(post.body(known.session, f"late-{task}@acme.example"))

    known.world.before = meanwhile
    assert scheduled(known.world) == ONE_LIST
    known.world.before = lambda task: None
    assert members(known.world) == {"ada", "bob", "cyd"}
    assert len(post.files) == 3
    known.world.sandbox.clock.advance(minutes=15)
    assert scheduled(known.world) == ONE_LIST
    assert members(known.world) == {"ada", "bob", "cyd", "late-extract-0", "late-plan", "late-report"}
    assert post.files == []


def test_a_task_that_is_tried_again_sees_the_same_people(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    told = []
    for task, do in watched.world.tasks("again", {}, False):
        do(1)
        if task.startswith("extract"):
            folder = watched.world.task("again", task).folder.folder("extract").folder("batch-000")
            told.append(folder.read_lines("raw-000"))
            post.files[0].unlink()
            do(2)
            told.append(folder.read_lines("raw-000"))
    assert len(told[0]) == 1 and told[0] == told[1]
    assert "cyd" in members(watched.world)


def test_a_preview_uses_nothing_up(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    assert scheduled(watched.world, mode="preview") == ONE_LIST
    assert len(post.files) == 1
    assert scheduled(watched.world) == ONE_LIST
    assert "cyd" in members(watched.world)


def test_a_run_that_fails_uses_nothing_up(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    watched.world.sandbox.faults.add("error", service="salesforce", nth=tuple(range(1, 40)), status=503)
    assert watched.world.run()["verdict"] == "failed"
    watched.world.sandbox.faults.clear()
    assert len(post.files) == 1
    assert scheduled(watched.world) == ONE_LIST
    assert "cyd" in members(watched.world)


def test_what_is_of_no_use_yet_stays_without_harm_until_it_is_old(known: Webinar, post: Post) -> None:
    """Of a session that is excluded, of one that Livestorm does not list, and a file that nobody can read."""
    world = known.world
    past = make_webinar(world, "Past")
    past.register("old")
    world.livestorm.cancel_session(past.session)
    known.register("cyd")
    body = post.body(known.session, "cyd@acme.example")
    elsewhere = body.replace(known.session.encode(), b"another-session")
    assert [post.send(body), post.send(elsewhere)] == [204, 204]
    assert post.send(post.body(past.session, "old@acme.example")) == 204
    broken = post.files[0].with_name("broken.jsonl.gz")
    broken.write_bytes(b"\x1f\x8b\x08 no gzip")
    assert "sessions.people" not in scheduled(world)
    assert "cyd" in members(world)
    assert len(post.files) == 3
    day = post.files[0].parent.parent
    day.rename(day.with_name("2020-01-01"))
    world.run()
    assert post.files == []


def test_a_delivery_from_before_a_full_read_turns_nothing_back(known: Webinar, post: Post) -> None:
    world = known.world
    known.register("cyd", job_title="Old")
    stale = post.body(known.session, "cyd@acme.example")
    headers = post.signed(stale)
    world.sandbox.clock.advance(minutes=3)
    world.livestorm.edit_registration(known.session, "cyd@acme.example", job_title="New")
    world.run({"full_read": True}, by_hand=True)
    assert world.record("Lead", Email="cyd@acme.example")["Title"] == "New"
    world.sandbox.clock.advance(minutes=1)
    assert post.send(stale, headers) == 204
    assert scheduled(world) == ONE_LIST
    assert world.record("Lead", Email="cyd@acme.example")["Title"] == "New"


def test_a_subscription_that_tells_nothing_shows_in_the_report(watched: Webinar, post: Post) -> None:
    for hook in watched.world.livestorm.store.select("SELECT id FROM webhooks"):
        watched.world.livestorm.webhooks.remove(hook["id"])
    watched.register("cyd")
    watched.world.sandbox.clock.advance(minutes=15)
    scheduled(watched.world)
    (note,) = [problem for problem in watched.world.last["problems"] if problem["code"] == "WEBHOOKS_MISSED"]
    assert note["severity"] == "note"
    assert note["public"] == "new registrants told by webhooks 0, read by calls 1"


def test_without_a_secret_nobody_is_told_that_webhooks_are_missing(
    known: Webinar, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVESTORM_SALESFORCE_WEBHOOK_SECRET")
    known.register("cyd")
    known.world.sandbox.clock.advance(minutes=15)
    assert scheduled(known.world) == {**ONE_LIST, "sessions.people": 1}
    assert known.world.last["problems"] == []


def test_the_report_tells_what_was_told_and_no_log_tells_of_whom(
    watched: Webinar, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    watched.register("canary", last_name="Zyxcanary")
    post.pass_time()
    post.wait_for(1)
    with caplog.at_level(logging.DEBUG):
        scheduled(watched.world)
    report = watched.world.task(watched.world.last["run_id"], "").folder.path / "report.md"
    assert "told by webhooks 1, read by calls 0" in report.read_text()
    assert "canary" in members(watched.world)
    assert "canary" not in caplog.text.lower()
