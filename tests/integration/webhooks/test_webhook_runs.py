"""Runs that webhook deliveries start: no Livestorm call, few Salesforce calls, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.state import sync_state, webhook_queue
from tests.fake_clock import HostClock
from tests.harness.webinar import Webinar
from tests.harness.world import World
from tests.integration.webhooks.conftest import ONE_LIST, Post, members, scheduled

#: Query of Campaign and people, query of members and statuses, creation of people, creation of members.
NEW_PEOPLE = 4


@pytest.fixture
def webinar(webinar: Webinar) -> Webinar:
    """The host's clock is Livestorm's: here runs without a `Date` header of Livestorm follow those with one."""
    webinar.world.clock = HostClock(webinar.world.sandbox)
    return webinar


def by_webhook(world: World) -> dict[str, int]:
    """Calls per service of a run that deliveries start."""
    world.by_webhook = True
    world.sandbox.calls.reset()
    try:
        world.run()
    finally:
        world.by_webhook = False
    assert world.last.get("verdict") == "ok", world.last
    return {service: sum(kinds.values()) for service, kinds in world.sandbox.calls.tally().items() if kinds}


def problems(world: World) -> dict[str, int]:
    return {problem["code"]: problem["count"] for problem in world.last["problems"]}


def statuses(world: World) -> dict[str, Any]:
    return {row["Email"].split("@")[0]: row["Status"] for row in world.org.rows("CampaignMember")}


def test_registrations_are_loaded_without_a_livestorm_call(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan"):
        watched.register(name)
    post.pass_time()
    post.wait_for(2)
    assert by_webhook(watched.world) == {"salesforce": NEW_PEOPLE}
    assert members(watched.world) == {"ada", "bob", "cyd", "dan"}
    assert post.queued == {}
    assert watched.world.last["webhook_hour"] == {"runs": 1, "salesforce": NEW_PEOPLE}
    watched.world.sandbox.clock.advance(minutes=15)
    assert scheduled(watched.world) == ONE_LIST
    assert watched.world.last["webhook_hour"] is None
    assert "WEBHOOKS_STOPPED" not in problems(watched.world)


def test_a_second_run_of_the_hour_is_counted_with_the_first(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan"):
        watched.register(name)
        post.pass_time()
        post.wait_for(1)
        assert by_webhook(watched.world) == {"salesforce": NEW_PEOPLE}
    assert watched.world.last["webhook_hour"] == {"runs": 2, "salesforce": 2 * NEW_PEOPLE}


def test_an_empty_queue_costs_nothing(known: Webinar) -> None:
    assert by_webhook(known.world) == {}
    assert known.world.last["skipped_stages"]


def test_a_lost_delivery_is_read_by_the_next_ordinary_run(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan"):
        watched.register(name)
    post.pass_time()
    post.wait_for(2)
    webhook_queue.remove(watched.world.state, [*post.queued][:1])
    assert "livestorm" not in by_webhook(watched.world)
    assert len(members(watched.world)) == 3
    assert scheduled(watched.world) == {**ONE_LIST, "sessions.people": 1}
    assert members(watched.world) == {"ada", "bob", "cyd", "dan"}


def test_attendance_is_loaded_before_anything_is_listed(watched: Webinar, post: Post) -> None:
    world = watched.world
    world.livestorm.attend(watched.session, "ada@acme.example", rate=90)
    world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)
    before = dict(world.org.rows("Campaign")[0])
    calls = by_webhook(world)
    assert "livestorm" not in calls
    assert statuses(world) == {"ada": "Attended", "bob": "Not Attended"}
    assert world.org.rows("Campaign")[0]["Status"] == before["Status"], "an ordinary run completes the Campaign"
    assert scheduled(world)["sessions.people"] == 1
    assert statuses(world) == {"ada": "Attended", "bob": "Not Attended"}
    assert world.org.rows("Campaign")[0]["Status"] == "Completed"


def test_who_registers_late_is_no_no_show_before_attendance_is_delivered(watched: Webinar, post: Post) -> None:
    world = watched.world
    world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)
    late = post.body(watched.session, "ada@acme.example", "people.attended").replace(
        b"people.attended", b"people.registered"
    )
    webhook_queue.remove(world.state, [d for d, one in post.queued.items() if one["attributes"]["email"][:3] == "ada"])
    assert post.send(late) == 204
    by_webhook(world)
    assert statuses(world) == {"ada": "Registered", "bob": "Not Attended"}


def test_a_replay_view_is_loaded(watched: Webinar, post: Post) -> None:
    world = watched.world
    world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)
    world.run()
    world.sandbox.clock.advance(minutes=20)
    world.livestorm.view_replay(watched.session, "bob@acme.example")
    post.pass_time()
    post.wait_for(1)
    assert "livestorm" not in by_webhook(world)
    assert world.record("CampaignMember", Email="bob@acme.example")["Livestorm_Replay_Status__c"] == "Watched"
    assert post.queued == {}


def test_a_session_that_no_run_has_listed_is_left_to_the_next_ordinary_run(watched: Webinar, post: Post) -> None:
    world = watched.world
    body = post.body(watched.session, "ada@acme.example").replace(watched.session.encode(), b"never-listed")
    assert post.send(body) == 204
    assert by_webhook(world) == {}
    assert problems(world) == {"SESSION_LOOKUP_DEFERRED": 1}
    assert len(post.queued) == 1
    assert webhook_queue.newest_unseen(world.app().database) is None, "it starts no further run"
    assert scheduled(world)["sessions.get"] == 1


def test_before_the_first_ordinary_run_everything_is_left(webinar: Webinar, post: Post) -> None:
    webinar.register("ada")
    assert post.send(post.body(webinar.session, "ada@acme.example")) == 204
    webinar.world.app().pair  # noqa: B018 the connections are known
    assert "livestorm" not in by_webhook(webinar.world)
    assert sync_state.load(webinar.world.state) is None
    webinar.world.run()
    assert members(webinar.world) == {"ada"}


def test_a_failed_load_is_made_up_by_the_next_ordinary_run(watched: Webinar, post: Post) -> None:
    world = watched.world
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    world.by_webhook = True
    world.sandbox.faults.add("error", service="salesforce", status=503)
    assert world.run()["verdict"] == "failed"
    world.by_webhook = False
    world.sandbox.faults.clear()
    assert webhook_queue.newest_unseen(world.app().database) is None
    world.sandbox.clock.advance(minutes=15)
    assert scheduled(world) == ONE_LIST
    assert members(world) == {"ada", "bob", "cyd"}


def test_a_renamed_event_is_left_to_ordinary_runs(watched: Webinar, post: Post) -> None:
    """What a run by webhooks knows of the Campaign is as old as the last list."""
    world = watched.world
    campaign = world.org.rows("Campaign")[0]["Id"]
    world.org.edit(campaign, Name="Renamed in Salesforce")
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    by_webhook(world)
    assert world.org.rows("Campaign")[0]["Name"] == "Renamed in Salesforce"


def test_deliveries_that_stop_are_reported_by_the_run_that_reads_their_registrants(known: Webinar, post: Post) -> None:
    world = known.world
    known.register("cyd")
    assert post.send(post.body(known.session, "cyd@acme.example")) == 204
    by_webhook(world)
    world.sandbox.clock.advance(minutes=1)
    for name in ("dan", "eve"):
        known.register(name)
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert problems(world)["WEBHOOKS_STOPPED"] == 2
    assert world.last["verdict"] == "problems"
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert "WEBHOOKS_STOPPED" not in problems(world)


@pytest.mark.parametrize("mode", ["preview", "apply"])
def test_a_preview_leaves_deliveries_unseen(watched: Webinar, post: Post, mode: str) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    watched.world.run({"mode": mode})
    assert (webhook_queue.newest_unseen(watched.world.app().database) is None) == (mode == "apply")


def test_deliveries_stay_if_their_reading_was_marked_as_success_by_hand(watched: Webinar, post: Post) -> None:
    world = watched.world
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    world.by_webhook = True
    for task, do in world.tasks("run", {}, manual=False):
        if not task.startswith("extract"):
            do(1)
    assert "SESSION_UNREAD" in problems(world)
    assert members(world) == {"ada", "bob"} and post.queued
    assert by_webhook(world) and members(world) == {"ada", "bob", "cyd"}
