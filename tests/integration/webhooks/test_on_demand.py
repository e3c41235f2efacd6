"""Deliveries for sessions that no list has shown yet, on-demand sessions included, are loaded without waiting."""

from __future__ import annotations

import pytest

from livestorm_salesforce.readers.session_listing import MAX_DELIVERY_LOOKUPS
from livestorm_salesforce.state import sync_state
from service_sandbox.livestorm.forms import form
from tests.harness import world as worlds
from tests.harness.webinar import Webinar, link
from tests.integration.webhooks.conftest import ONE_LIST, Post, members, scheduled

FIRST_SEEN = {**ONE_LIST, "sessions.get": 1, "events.get": 1, "sessions.people": 1}
BUDGET = "LIVESTORM_SALESFORCE_LIVESTORM_CALLS_PER_RUN"


def made_on_demand(world: worlds.World, title: str = "Recorded", **result: bool) -> Webinar:
    """An event on demand with one session, planned so long ago that no list of what is to come shows it."""
    fields = form("email", "first_name", "last_name", "company", "job_title")
    event = world.livestorm.add_event(title, on_demand=True, fields=fields)
    return Webinar(world, event, world.livestorm.add_session(event, world.sandbox.clock.timestamp() - 9e6, **result))


@pytest.fixture
def recorded(known: Webinar, post: Post) -> Webinar:
    """A session on demand that was read before; the workspace tells of everything that happens from now on."""
    seen = made_on_demand(known.world)
    seen.register("ond")
    known.world.run(manual=True)
    known.world.sandbox.clock.advance(minutes=10)
    post.subscribe()
    return seen


def registered(webinar: Webinar, post: Post, *names: str) -> None:
    for name in names:
        webinar.register(name)
    before = len(post.queued)
    post.pass_time()
    post.wait_for(before + len(names))


def notes(world: worlds.World, code: str) -> list[int]:
    return [problem["count"] for problem in world.last["problems"] if problem["code"] == code]


def test_who_registers_for_a_session_on_demand_is_in_salesforce_after_the_next_run(recorded, post) -> None:
    registered(recorded, post, "cyd", "dan")
    assert scheduled(recorded.world) == {"sessions.list": 2}
    assert members(recorded.world) == {"ada", "bob", "ond", "cyd", "dan"}
    assert recorded.world.last["newcomers"] == {"by_webhook": 2, "by_calls": 0}
    assert post.queued == {}
    recorded.world.sandbox.clock.advance(minutes=15)
    assert scheduled(recorded.world) == ONE_LIST


def test_a_view_on_demand_is_in_salesforce_after_the_next_run(recorded, post) -> None:
    recorded.world.livestorm.view_replay(recorded.session, "ond@acme.example")
    post.pass_time()
    post.wait_for(1)
    assert scheduled(recorded.world) == {"sessions.list": 2}
    row = recorded.world.record("CampaignMember", Email="ond@acme.example")
    assert row["Livestorm_Replay_Status__c"] == "Watched"


def test_a_session_that_nobody_has_seen_is_asked_for(recorded, post) -> None:
    registered(made_on_demand(recorded.world, "Brand new"), post, "cyd")
    assert scheduled(recorded.world) == FIRST_SEEN
    assert "cyd" in members(recorded.world)
    assert post.queued == {}


def test_a_draft_that_was_published_since_is_asked_for(recorded, post) -> None:
    fresh = made_on_demand(recorded.world, "Brand new", draft=True)
    recorded.world.run(manual=True)
    recorded.world.sandbox.clock.advance(minutes=10)
    recorded.world.livestorm.edit_session(fresh.session, draft=0)
    registered(fresh, post, "cyd")
    calls = scheduled(recorded.world)
    assert (calls["sessions.get"], calls["sessions.people"]) == (1, 1)
    assert "cyd" in members(recorded.world)


def elsewhere(post: Post, webinar: Webinar, number: int) -> None:
    """A delivery of a session that Livestorm does not have."""
    body = post.body(webinar.session, "ond@acme.example").replace(webinar.session.encode(), b"no-session-%d" % number)
    assert post.send(body) == 204


def test_a_session_that_livestorm_does_not_have_is_asked_for_once_and_said(recorded, post) -> None:
    elsewhere(post, recorded, 1)
    assert scheduled(recorded.world) == {**ONE_LIST, "sessions.get": 1}
    assert notes(recorded.world, "SESSION_GONE") == [1]
    elsewhere(post, recorded, 1)
    recorded.world.sandbox.clock.advance(minutes=15)
    assert scheduled(recorded.world) == ONE_LIST
    assert notes(recorded.world, "SESSION_GONE") == []


def test_no_more_than_a_few_are_asked_for_by_one_run(recorded, post) -> None:
    for number in range(MAX_DELIVERY_LOOKUPS + 2):
        elsewhere(post, recorded, number)
    assert scheduled(recorded.world) == {**ONE_LIST, "sessions.get": MAX_DELIVERY_LOOKUPS}
    assert notes(recorded.world, "SESSION_LOOKUP_DEFERRED") == [2]
    recorded.world.sandbox.clock.advance(minutes=15)
    assert scheduled(recorded.world) == {**ONE_LIST, "sessions.get": 2}
    assert notes(recorded.world, "SESSION_LOOKUP_DEFERRED") == []


def test_a_session_that_is_not_answered_holds_nobody_up_and_is_asked_for_again(recorded, post, known) -> None:
    registered(made_on_demand(recorded.world, "Brand new"), post, "cyd")
    registered(known, post, "dan")
    recorded.world.sandbox.faults.add("error", service="livestorm", call_type="sessions.get", status=503)
    calls = scheduled(recorded.world)
    assert calls["sessions.list"] == 1 and "sessions.people" not in calls
    assert notes(recorded.world, "SESSION_LOOKUP_DEFERRED") == [1]
    assert "dan" in members(recorded.world) and "cyd" not in members(recorded.world)
    recorded.world.sandbox.faults.clear()
    recorded.world.sandbox.clock.advance(minutes=15)
    assert scheduled(recorded.world) == FIRST_SEEN
    assert "cyd" in members(recorded.world)


def test_where_calls_run_short_it_waits_and_the_report_says_so(recorded, post, monkeypatch) -> None:
    registered(recorded, post, "cyd")
    monkeypatch.setenv(BUDGET, "1")
    assert scheduled(recorded.world) == ONE_LIST
    assert notes(recorded.world, "SESSION_LOOKUP_DEFERRED") == [1]
    assert len(post.queued) == 1
    monkeypatch.delenv(BUDGET)
    recorded.world.sandbox.clock.advance(minutes=15)
    assert scheduled(recorded.world) == {"sessions.list": 2}
    assert "cyd" in members(recorded.world)


def test_while_the_month_is_ahead_of_its_pace_a_known_session_waits_for_its_list(recorded, post) -> None:
    registered(recorded, post, "cyd")
    recorded.world.livestorm.quota.set_remaining(8_000)  # 16 % of 8,000 may be used at once: some 720 too many
    assert scheduled(recorded.world) == ONE_LIST
    (note,) = [one for one in recorded.world.last["problems"] if one["code"] == "READS_DEFERRED"]
    assert "on-demand sessions listed every 883 minutes (433 with a webhook delivery)" in note["public"]


def test_what_is_excluded_is_asked_for_once(recorded, post, monkeypatch, tmp_path) -> None:
    fresh = made_on_demand(recorded.world, "Brand new")
    link(monkeypatch, tmp_path, "", f"events: {{exclude: ['{fresh.event}']}}\n")
    registered(fresh, post, "cyd")
    assert scheduled(recorded.world) == {**ONE_LIST, "sessions.get": 1, "events.get": 1}
    recorded.world.sandbox.clock.advance(minutes=15)
    assert scheduled(recorded.world) == ONE_LIST
    assert "cyd" not in members(recorded.world)


def test_only_delivered_sessions_are_stored_as_not_found(recorded, post) -> None:
    elsewhere(post, recorded, 1)
    recorded.world.run()
    recorded.world.run({"session_ids": ["mistyped"]}, manual=True)
    known = sync_state.load(recorded.world.state).known.set_index("session_id")["status"]
    assert known["no-session-1"] == "gone"
    assert "mistyped" not in known
