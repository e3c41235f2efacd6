"""Livestorm calls of whole runs: a page is a call, and 10,000 of them must last a month."""

from __future__ import annotations

from benchmarks.stage import Stage, address


def calls(stage: Stage) -> dict[str, int]:
    return stage.sandbox.calls.tally()["livestorm"]


def leads(stage: Stage) -> int:
    return len(stage.sandbox.org.rows("Lead"))


def test_a_full_read_costs_a_list_and_a_page_per_fifty(stage):
    stage.session(120)
    stage.run()
    assert calls(stage) == {"sessions.list": 1, "events.get": 1, "sessions.people": 3}


def test_a_scheduled_run_without_news_costs_one_call(stage):
    stage.session(60)
    stage.run()
    stage.sandbox.clock.advance(minutes=15)
    stage.run()
    assert calls(stage) == {"sessions.list": 1}


def test_of_a_session_that_grew_only_the_new_people_are_read(stage):
    session = stage.session(120)
    stage.run()
    for number in range(120, 127):
        stage.register(session, number)
    stage.sandbox.clock.advance(minutes=15)
    stage.run()
    assert calls(stage) == {"sessions.list": 1, "sessions.people": 1}
    assert leads(stage) == 127


def test_new_people_that_do_not_explain_the_count_lead_to_a_full_read(stage):
    stage.sandbox.livestorm.settings.change(registration_moves_person=False)
    known = stage.session(120)
    other = stage.session(3, first=500, title="Another")
    stage.run()
    stage.sandbox.clock.advance(hours=1)
    stage.register(other, 7)  # somebody Livestorm knows already: her change time stays
    stage.sandbox.clock.advance(minutes=15)
    stage.run()
    assert calls(stage) == {"sessions.list": 2, "sessions.people": 2}  # the hour of the on-demand list has come, too
    members = [row for row in stage.sandbox.org.rows("CampaignMember") if row["Email"] == address(7)]
    assert len(members) == 2 and known


def test_who_leaves_costs_one_full_read_and_no_more(stage):
    session = stage.session(120)
    stage.run()
    stage.sandbox.livestorm.unregister(session, address(5))
    stage.sandbox.clock.advance(minutes=15)
    stage.run()
    assert calls(stage)["sessions.people"] == 3
    stage.sandbox.clock.advance(minutes=15)
    stage.run()
    assert "sessions.people" not in calls(stage)
    assert leads(stage) == 120


def test_attendance_is_read_once_after_the_end_and_a_replay_view_by_a_run_started_by_hand(stage):
    session = stage.session(60)
    stage.run()
    workspace, clock = stage.sandbox.livestorm, stage.sandbox.clock
    workspace.attend(session, address(1), rate=80)
    clock.advance(days=3, hours=1)
    stage.run()
    assert {row["Email"] for row in stage.sandbox.org.rows("CampaignMember") if row["Status"] == "Attended"} == {
        address(1)
    }
    clock.advance(minutes=15)
    stage.run()
    assert "sessions.people" not in calls(stage)
    workspace.view_replay(session, address(2))
    clock.advance(minutes=15)
    stage.run(manual=True)
    watched = [
        row for row in stage.sandbox.org.rows("CampaignMember") if row["Livestorm_Replay_Status__c"] == "Watched"
    ]
    assert [row["Email"] for row in watched] == [address(2)]


def test_when_calls_are_short_replay_views_wait_for_the_list_of_old_sessions(stage):
    """It comes with that of sessions on demand, so that what refreshing brings is weighed for all of them at once."""
    session = stage.session(60)
    stage.run()
    stage.sandbox.clock.advance(days=3, hours=1)
    stage.run()
    stage.sandbox.livestorm.quota.set_remaining(6_000)  # 2,720 more than 16 % of 8,000 are used
    stage.sandbox.livestorm.view_replay(session, address(2), at=stage.sandbox.clock.timestamp() + 60)
    stage.sandbox.clock.advance(hours=13)
    stage.run()
    assert calls(stage) == {"sessions.list": 1, "events.list": 1}
    stage.sandbox.clock.advance(hours=11.5)
    stage.run()
    assert calls(stage) == {"sessions.list": 3, "events.list": 1, "sessions.people": 2}
