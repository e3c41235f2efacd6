"""From Livestorm's webhook to Salesforce: the calls that it saves, and that nobody is lost, doubled or turned back."""

from __future__ import annotations

import pytest

from livestorm_salesforce.state import registrations, sync_state, webhook_queue
from tests.harness.webinar import Webinar
from tests.integration.webhooks.conftest import ONE_LIST, Post, members, scheduled

BUDGET = "LIVESTORM_SALESFORCE_LIVESTORM_CALLS_PER_RUN"


def test_new_registrants_cost_no_call(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan", "eve"):
        watched.register(name)
    post.pass_time()
    post.wait_for(3)
    assert scheduled(watched.world) == ONE_LIST
    assert members(watched.world) == {"ada", "bob", "cyd", "dan", "eve"}
    assert watched.world.record("Lead", Email="cyd@acme.example")["Title"] == "Analyst"
    assert watched.world.last["newcomers"] == {"by_webhook": 3, "by_calls": 0}
    assert post.queued == {}
    watched.world.sandbox.clock.advance(minutes=15)
    assert scheduled(watched.world) == ONE_LIST


def test_a_lost_delivery_is_noticed_by_the_count_and_nobody_is_lost(watched: Webinar, post: Post) -> None:
    for name in ("cyd", "dan"):
        watched.register(name)
    post.pass_time()
    post.wait_for(2)
    webhook_queue.remove(watched.world.state, [*post.queued][:1])
    assert scheduled(watched.world) == {**ONE_LIST, "sessions.people": 1}
    assert members(watched.world) == {"ada", "bob", "cyd", "dan"}
    assert watched.world.last["newcomers"] == {"by_webhook": 1, "by_calls": 1}
    assert post.queued == {}


def test_when_calls_are_short_deliveries_are_loaded_and_the_others_stay_due(
    known: Webinar, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cyd", "dan"):
        known.register(name)
    post.send(post.body(known.session, "cyd@acme.example"))
    monkeypatch.setenv(BUDGET, "1")
    assert scheduled(known.world) == ONE_LIST
    assert members(known.world) == {"ada", "bob", "cyd"}
    assert not sync_state.load(known.world.state).known["retry"].any()
    assert len(registrations.load_row_hashes(known.world.state, [known.session])) == 3
    known.register("eve")
    known.world.sandbox.clock.advance(minutes=15)
    post.send(post.body(known.session, "eve@acme.example"))
    assert scheduled(known.world) == ONE_LIST
    assert members(known.world) == {"ada", "bob", "cyd", "eve"}
    monkeypatch.delenv(BUDGET)
    known.world.sandbox.clock.advance(minutes=15)
    assert scheduled(known.world) == {**ONE_LIST, "sessions.people": 1}
    assert members(known.world) == {"ada", "bob", "cyd", "dan", "eve"}


def test_a_removed_registrant_is_noticed_even_if_another_one_was_delivered(watched: Webinar, post: Post) -> None:
    watched.world.livestorm.unregister(watched.session, "bob@acme.example")
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    assert scheduled(watched.world)["sessions.people"] == 1  # who is new does not explain the count: everybody is read
    assert "cyd" in members(watched.world)
    watched.world.sandbox.clock.advance(minutes=15)
    assert scheduled(watched.world) == ONE_LIST


def test_the_same_delivery_twice_and_two_of_one_person_are_one_member(known: Webinar, post: Post) -> None:
    known.register("cyd")
    body = post.body(known.session, "cyd@acme.example")
    assert [post.send(body), post.send(body), post.send(body + b"\n")] == [204] * 3
    assert len(post.queued) == 2
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


def test_a_late_delivery_with_a_new_signature_does_not_restore_a_corrected_answer(known: Webinar, post: Post) -> None:
    world = known.world
    known.register("cyd", job_title="Old")
    late = post.body(known.session, "cyd@acme.example")
    world.sandbox.clock.advance(minutes=2)
    world.livestorm.edit_registration(known.session, "cyd@acme.example", job_title="New")
    world.sandbox.clock.advance(minutes=2)
    world.run({"full_read": True}, manual=True)
    world.sandbox.clock.advance(minutes=10)
    assert post.send(late) == 204
    assert world.run()["verdict"] == "ok"
    assert world.record("Lead", Email="cyd@acme.example")["Title"] == "New"


def test_a_replay_view_is_delivered_and_costs_no_call(watched: Webinar, post: Post) -> None:
    world = watched.world
    world.livestorm.attend(watched.session, "ada@acme.example", rate=90)
    world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)  # one attended, one did not
    world.run()
    assert {row["Email"][:3]: row["Status"] for row in world.org.rows("CampaignMember")} == {
        "ada": "Attended",
        "bob": "Not Attended",
    }
    assert post.queued == {}
    world.sandbox.clock.advance(minutes=20)
    world.livestorm.view_replay(watched.session, "bob@acme.example")
    post.pass_time()
    post.wait_for(1)
    calls = scheduled(world)
    assert "sessions.people" not in calls
    row = world.record("CampaignMember", Email="bob@acme.example")
    assert (row["Status"], row["Livestorm_Replay_Status__c"]) == ("Not Attended", "Watched")
    assert post.queued == {}


def test_an_ended_session_is_read_in_full_even_if_everybody_was_delivered(watched: Webinar, post: Post) -> None:
    watched.world.sandbox.clock.advance(days=1, hours=2)
    post.wait_for(2)
    assert scheduled(watched.world)["sessions.people"] == 1


def test_who_starts_a_run_by_hand_reads_by_calls(watched: Webinar, post: Post) -> None:
    watched.register("cyd")
    post.pass_time()
    post.wait_for(1)
    watched.world.sandbox.calls.reset()
    watched.world.run(manual=True)
    assert watched.world.sandbox.calls.tally()["livestorm"]["sessions.people"] == 1
    assert "cyd" in members(watched.world)
    assert post.queued == {}
