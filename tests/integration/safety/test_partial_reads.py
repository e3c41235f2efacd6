"""Runs that look at a part of the workspace, or find another Campaign than before, lose and change nobody."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.errors import RETRIES, TransientError
from service_sandbox.livestorm import render
from service_sandbox.livestorm.forms import form
from tests.harness.webinar import Tour, Webinar, link, make_webinar, members


def test_a_campaign_made_again_gets_all_its_members_back(webinar: Webinar) -> None:
    """Also when the run that makes it again reads the one new registrant only."""
    world = webinar.world
    for name in ("ada", "bob", "cyd"):
        webinar.register(name)
    world.sandbox.clock.advance(hours=1)
    world.run()
    world.sandbox.clock.advance(hours=1)
    world.org.delete(world.record("Campaign")["Id"])
    webinar.register("dan")
    world.run(manual=True)
    world.run()
    assert set(members(world, world.record("Campaign")["Id"])) == {"ada", "bob", "cyd", "dan"}


def test_a_run_for_one_event_swallows_nobody_of_another(webinar: Webinar) -> None:
    world = webinar.world
    other = make_webinar(world, "Another tour")
    webinar.register("ada")
    other.register("bob")
    world.run()
    other.register("cyd")
    world.sandbox.clock.advance(minutes=15)
    world.run({"event_ids": [webinar.event]}, manual=True)
    assert "cyd" not in members(world)
    world.sandbox.clock.advance(minutes=15)
    world.run()
    assert set(members(world)) == {"ada", "bob", "cyd"}


def test_a_link_that_comes_later_brings_everybody(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = webinar.world
    for name in ("ada", "bob"):
        webinar.register(name)
    world.run()
    (campaign,) = world.org.insert("Campaign", [{"Name": "Tour"}])
    link(monkeypatch, tmp_path, f"sessions: {{{webinar.session}: {campaign}}}")
    world.run()
    assert set(members(world, campaign)) == {"ada", "bob"}


def test_who_awaits_another_session_has_missed_nothing_whatever_the_run_looks_at(tour: Tour) -> None:
    first, later, _ = tour
    world = first.world
    for name in ("ada", "bob"):
        first.register(name)
    later.register("ada")
    world.run()
    world.sandbox.clock.advance(days=1, hours=2)
    world.run({"session_ids": [first.session]}, manual=True)
    assert members(world) == {"ada": "Registered", "bob": "Not Attended"}


def test_who_waited_for_a_session_that_is_given_up_has_missed_the_first(tour: Tour) -> None:
    first, later, _ = tour
    world = first.world
    for one in (first, later):
        one.register("ada")
    world.run()
    world.sandbox.clock.advance(days=1, hours=2)
    world.run()
    assert members(world) == {"ada": "Registered"}
    world.livestorm.cancel_session(later.session)
    for _ in range(3):  # a session that is over is listed once a day
        world.sandbox.clock.advance(days=1)
        world.run()
    assert members(world) == {"ada": "Not Attended"}


def test_what_somebody_did_outlives_the_registration_for_another_session(
    tour: Tour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, later, campaign = tour
    world = first.world
    world.org.add_field("CampaignMember", "Minutes__c", type="double", precision=6, scale=0)
    more = "campaign_member: {Minutes__c: attendance_minutes}\n"
    link(monkeypatch, tmp_path, f"events: {{{first.event}: {campaign}}}", more)
    first.register("ada")
    world.run()
    world.livestorm.attend(first.session, "ada@acme.example", rate=100)
    world.sandbox.clock.advance(days=1, hours=2)
    world.run()
    stayed = world.record("CampaignMember")["Minutes__c"]
    assert stayed and float(stayed) > 0
    later.register("ada")
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert world.record("CampaignMember")["Minutes__c"] == stayed
    assert members(world) == {"ada": "Attended"}


def test_who_registers_while_an_event_is_excluded_comes_in_when_it_is_not_any_more(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = webinar.world
    webinar.register("ada")
    world.sandbox.clock.advance(hours=1)
    world.run()
    file = tmp_path / "mapping.yaml"
    file.write_text(f"version: 1\nevents: {{exclude: [{webinar.event}]}}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    webinar.register("bob")
    world.sandbox.clock.advance(hours=1)
    assert world.run()["verdict"] == "ok"
    assert set(members(world)) == {"ada"}
    file.write_text("version: 1\n")
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert set(members(world)) == {"ada", "bob"}


def test_an_id_that_livestorm_does_not_know_is_a_problem_and_blanks_are_none(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    result = world.run({"session_ids": [f" {webinar.session}\n", "", "typo"], "event_ids": ["other"]}, manual=True)
    (problem,) = [one for one in result["problems"] if one["code"] == "UNKNOWN_SESSION_ID"]
    assert (problem["severity"], problem["public"]) == ("problem", "Livestorm has no session of: typo, other")
    assert set(members(world)) == {"ada"}
    assert [one["code"] for one in result["problems"] if one["code"] == "SESSION_GONE"] == []


@pytest.mark.parametrize("status", [None, "", "paused"])
def test_a_session_whose_status_nobody_knows_stops_no_other(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, status: str | None
) -> None:
    world = webinar.world
    webinar.register("ada")
    odd = world.livestorm.add_session(webinar.event, world.sandbox.clock.now() + timedelta(hours=2))
    plain = render.session

    def session(row):
        result = plain(row)
        if row["id"] == odd:
            result["attributes"]["status"] = status
        return result

    monkeypatch.setattr(render, "session", session)
    result = world.run()
    (problem,) = result["problems"]
    assert (problem["code"], problem["count"], result["verdict"]) == ("SESSION_STATUS_UNKNOWN", 1, "problems")
    assert odd in problem["public"]
    assert set(members(world)) == {"ada"}


def test_the_first_run_of_another_pair_says_so(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    world = webinar.world
    assert [one["code"] for one in world.run()["problems"]] == []
    monkeypatch.setattr(LivestormClient, "organization_id", lambda client: "another organization")
    monkeypatch.setenv("AIRFLOW_CONN_PRODUCTION", os.environ["AIRFLOW_CONN_LIVESTORM_DEFAULT"])
    monkeypatch.setenv("LIVESTORM_SALESFORCE_LIVESTORM_CONN_ID", "production")
    assert [one["code"] for one in world.run()["problems"]] == ["NEW_CONNECTION_PAIR"]
    assert [one["code"] for one in world.run()["problems"]] == []


def test_a_cleared_run_that_fails_is_not_reported_by_its_old_plan(webinar: Webinar) -> None:
    """Else it is green, and who registered since is remembered as loaded."""
    world = webinar.world
    webinar.register("ada")
    world.run(name="monday")
    webinar.register("bob")
    world.sandbox.faults.add("error", service="salesforce", nth=tuple(range(1, 40)), status=503)
    assert world.run(name="monday", manual=True)["verdict"] == "failed"
    world.sandbox.faults.clear()
    world.run()
    assert set(members(world)) == {"ada", "bob"}


def test_a_session_that_cannot_be_read_does_not_stop_the_others(webinar: Webinar) -> None:
    """Q19: nor where it is alone in its batch; the Campaigns of all are made."""
    world = webinar.world
    webinar.register("ada")
    world.sandbox.faults.add("error", service="livestorm", path=f"/sessions/{webinar.session}/people", status=500)
    for task, do in world.tasks("r", {}, manual=False):
        if task.startswith("extract"):
            for number in range(1, RETRIES + 1):
                with pytest.raises(TransientError):
                    do(number)
        do(RETRIES + 1)
    assert world.last["verdict"] == "problems"
    assert "SESSION_UNREAD" in [one["code"] for one in world.last["problems"]]
    assert world.record("Campaign")
    world.sandbox.faults.clear()
    world.run()
    assert set(members(world)) == {"ada"}


@pytest.mark.parametrize("how", ["cancel_session", "delete_session"])
def test_an_on_demand_session_that_vanishes_from_its_list_is_asked_for_once(webinar: Webinar, how: str) -> None:
    """However long ago it was planned: no list of what is past shows it either (Q9)."""
    world = webinar.world
    event = world.livestorm.add_event("Recorded", on_demand=True, fields=form("email", "first_name", "last_name"))
    session = world.livestorm.add_session(event, world.sandbox.clock.timestamp() - 9e6)
    world.run()
    campaign = world.record("Campaign", Livestorm_Session_Id__c=session)
    assert campaign["IsActive"]
    getattr(world.livestorm, how)(session)
    calls = []
    for _ in range(3):
        world.sandbox.clock.advance(days=1)
        world.sandbox.calls.reset()
        result = world.run()
        gone = [one["code"] for one in result["problems"]] == ["SESSION_GONE"]
        calls.append((world.sandbox.calls.tally()["livestorm"].get("sessions.get", 0), gone))
    assert calls == [(1, how == "delete_session"), (0, False), (0, False)]
    after = world.record("Campaign", Livestorm_Session_Id__c=session)
    wanted = ("Aborted", False) if how == "cancel_session" else (campaign["Status"], True)
    assert (after["Status"], after["IsActive"]) == wanted


@pytest.mark.parametrize("manual", [True, False])
def test_nobody_missed_a_session_whose_attendance_livestorm_still_computes(webinar: Webinar, manual: bool) -> None:
    """Read in that minute because a person asked, or because somebody has registered for it since."""
    world = webinar.world
    for name in ("ada", "bob"):
        webinar.register(name)
    world.run()
    world.livestorm.settings.attendance_delay = 300
    world.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    world.sandbox.clock.advance(days=1, hours=1, minutes=2)
    webinar.register("cyd")
    world.sandbox.clock.advance(seconds=30)
    assert world.run(manual=manual)["verdict"] == "ok"
    assert members(world) == {"ada": "Registered", "bob": "Registered", "cyd": "Registered"}
    world.sandbox.clock.advance(minutes=10)
    world.run()
    assert members(world) == {"ada": "Attended", "bob": "Not Attended", "cyd": "Not Attended"}
    rows = world.audit().query("object == 'CampaignMember' and field == 'Status' and action == 'update'")
    assert len(rows) == 3
