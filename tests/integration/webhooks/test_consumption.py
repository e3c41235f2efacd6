"""When a delivery is used up, and when it waits for another run; what the report tells of webhooks."""

from __future__ import annotations

import logging

import pandas as pd
import pytest

from livestorm_salesforce.state import webhook_queue
from tests.harness.webinar import Webinar, make_webinar
from tests.integration.webhooks.conftest import ONE_LIST, Post, members, scheduled


def test_what_comes_while_a_run_works_is_the_next_ones(known: Webinar, post: Post) -> None:
    known.register("cyd")
    post.send(post.body(known.session, "cyd@acme.example"))

    def concurrent_delivery(task: str) -> None:
        if task in ("extract-0", "plan", "report"):
            known.register(f"late-{task}")
            post.send(post.body(known.session, f"late-{task}@acme.example"))

    known.world.before = concurrent_delivery
    assert scheduled(known.world) == ONE_LIST
    known.world.before = lambda task: None
    assert members(known.world) == {"ada", "bob", "cyd"}
    assert len(post.queued) == 3
    known.world.sandbox.clock.advance(minutes=15)
    assert scheduled(known.world) == ONE_LIST
    assert members(known.world) == {"ada", "bob", "cyd", "late-extract-0", "late-plan", "late-report"}
    assert post.queued == {}


def test_a_task_that_is_tried_again_sees_the_same_people(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    result = []
    for task, do in watched.world.tasks("again", {}, False):
        do(1)
        if task.startswith("extract"):
            folder = watched.world.task("again", task).folder.folder("extract").folder("batch-000")
            result.append(folder.read_lines("raw-000"))
            webhook_queue.remove(watched.world.state, post.queued)
            do(2)
            result.append(folder.read_lines("raw-000"))
    assert len(result[0]) == 1 and result[0] == result[1]
    assert "cyd" in members(watched.world)


def test_a_preview_uses_nothing_up(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    assert scheduled(watched.world, mode="preview") == ONE_LIST
    assert len(post.queued) == 1
    assert scheduled(watched.world) == ONE_LIST
    assert "cyd" in members(watched.world)


def test_a_run_that_fails_uses_nothing_up(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    watched.world.sandbox.faults.add("error", service="salesforce", nth=tuple(range(1, 40)), status=503)
    assert watched.world.run()["verdict"] == "failed"
    watched.world.sandbox.faults.clear()
    assert len(post.queued) == 1
    assert scheduled(watched.world) == ONE_LIST
    assert "cyd" in members(watched.world)


def test_what_is_of_no_use_yet_stays_without_harm_until_it_is_old(known: Webinar, post: Post) -> None:
    """Of a session that is excluded, and of one that Livestorm does not list."""
    world = known.world
    past = make_webinar(world, "Past")
    past.register("old")
    world.livestorm.cancel_session(past.session)
    known.register("cyd")
    body = post.body(known.session, "cyd@acme.example")
    elsewhere = body.replace(known.session.encode(), b"another-session")
    assert [post.send(body), post.send(elsewhere)] == [204, 204]
    assert post.send(post.body(past.session, "old@acme.example")) == 204
    assert "sessions.people" not in scheduled(world)
    assert "cyd" in members(world)
    assert len(post.queued) == 2
    webhook_queue.prune(world.state.database, pd.Timestamp("2026-12-24", tz="UTC"))
    assert post.queued == {}


def test_a_delivery_from_before_a_full_read_turns_nothing_back(known: Webinar, post: Post) -> None:
    world = known.world
    known.register("cyd", job_title="Old")
    stale = post.body(known.session, "cyd@acme.example")
    headers = post.signed(stale)
    world.sandbox.clock.advance(minutes=3)
    world.livestorm.edit_registration(known.session, "cyd@acme.example", job_title="New")
    world.run({"full_read": True}, manual=True)
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
    assert note["public"] == "new registrants delivered by webhooks 0, read by calls 1"


def test_without_a_secret_missing_webhooks_are_not_reported(
    known: Webinar, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVESTORM_SALESFORCE_WEBHOOK_SECRET")
    known.register("cyd")
    known.world.sandbox.clock.advance(minutes=15)
    assert scheduled(known.world) == {**ONE_LIST, "sessions.people": 1}
    assert known.world.last["problems"] == []


def test_the_report_counts_deliveries_and_no_log_names_a_person(
    watched: Webinar, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    watched.register("canary", last_name="Zyxcanary")
    post.pass_time()
    post.wait_for(1)
    with caplog.at_level(logging.DEBUG):
        scheduled(watched.world)
    report = watched.world.task(watched.world.last["run_id"], "").folder.path / "report.md"
    assert "delivered by webhooks 1, read by calls 0" in report.read_text()
    assert "canary" in members(watched.world)
    assert "canary" not in caplog.text.lower()
