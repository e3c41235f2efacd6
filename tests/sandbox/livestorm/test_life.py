"""The state of sessions and registrations is computed from the clock, in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client
from tests.sandbox.livestorm.conftest import DAY, HOUR


def session_attributes(client: Client, session: str) -> dict[str, Any]:
    return client.get(f"/sessions/{session}").json()["data"]["attributes"]


def detail(client: Client, session: str, email: str) -> dict[str, Any]:
    (row,) = client.get(f"/sessions/{session}/people", email=email).json()["data"]
    return row["attributes"]


def test_a_session_is_upcoming_live_and_past(client: Client, sandbox: Sandbox, session: str) -> None:
    before = session_attributes(client, session)
    assert (before["status"], before["started_at"], before["ended_at"], before["canceled_at"]) == ("upcoming", 0, 0, 0)
    assert before["duration"] is None
    sandbox.clock.move_to(START + HOUR + 60)
    live = session_attributes(client, session)
    assert (live["status"], live["started_at"], live["ended_at"]) == ("live", START + HOUR, 0)
    sandbox.clock.move_to(START + 2 * HOUR)
    past = session_attributes(client, session)
    assert (past["status"], past["duration"], past["ended_at"]) == ("past", 45 * 60, START + HOUR + 45 * 60)
    sandbox.clock.move_to(START)
    assert session_attributes(client, session) == before


def test_a_delayed_session_is_upcoming_until_its_actual_start(client: Client, sandbox: Sandbox, event: str) -> None:
    late = sandbox.livestorm.add_session(event, START + HOUR, starts_at=START + HOUR + 600)
    sandbox.clock.move_to(START + HOUR + 300)
    assert session_attributes(client, late)["status"] == "upcoming"
    sandbox.clock.move_to(START + HOUR + 601)
    assert (session_attributes(client, late)["status"], session_attributes(client, late)["started_at"]) == (
        "live",
        START + HOUR + 600,
    )


def test_a_session_that_is_not_started_becomes_past_not_started(client: Client, sandbox: Sandbox, event: str) -> None:
    idle = sandbox.livestorm.add_session(event, START + HOUR, never_started=True)
    sandbox.clock.move_to(START + 3 * HOUR)
    row = session_attributes(client, idle)
    assert (row["status"], row["started_at"], row["duration"]) == ("past_not_started", 0, None)


def test_attendance_is_available_after_the_end(client: Client, sandbox: Sandbox, session: str) -> None:
    work = sandbox.livestorm
    for name in ("came", "stayed.away"):
        work.register(session, f"{name}@crowd.example", at=START - DAY)
    work.attend(session, "came@crowd.example", rate=82.5, messages_count=2, votes_count=3)
    sandbox.clock.move_to(START + HOUR + 2000)
    assert detail(client, session, "came@crowd.example")["registrant_detail"]["attended"] is False
    sandbox.clock.move_to(START + HOUR + 45 * 60 + 61)
    came = detail(client, session, "came@crowd.example")
    away = detail(client, session, "stayed.away@crowd.example")
    attended = came["registrant_detail"]
    assert (attended["attended"], attended["attendance_rate"], attended["attendance_duration"]) == (True, 82.5, 2227)
    assert (came["messages_count"], came["votes_count"]) == (2, 3)
    absent = away["registrant_detail"]
    assert (absent["attended"], absent["attendance_rate"], absent["attendance_duration"]) == (False, None, 0)
    assert session_attributes(client, session)["attendees_count"] == 1


def test_attendance_can_become_available_later(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.register(session, "late@crowd.example")
    sandbox.livestorm.attend(session, "late@crowd.example", at=START + 5 * HOUR)
    sandbox.clock.move_to(START + 4 * HOUR)
    assert session_attributes(client, session)["attendees_count"] == 0
    sandbox.clock.move_to(START + 5 * HOUR)
    assert session_attributes(client, session)["attendees_count"] == 1


def test_a_replay_view_is_visible_from_its_time(client: Client, sandbox: Sandbox, session: str) -> None:
    watched = START + 70 * DAY
    sandbox.livestorm.register(session, "viewer@crowd.example")
    sandbox.livestorm.view_replay(session, "viewer@crowd.example", at=watched)
    before = detail(client, session, "viewer@crowd.example")
    assert (before["registrant_detail"]["has_viewed_replay"], before["replay_view_detail"]) == (False, None)
    sandbox.clock.move_to(watched)
    after = detail(client, session, "viewer@crowd.example")
    assert (after["registrant_detail"]["has_viewed_replay"], after["replay_view_detail"]) == (
        True,
        {"watched_at": watched},
    )


def test_registrations_are_visible_until_they_are_removed(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.register(session, "later@crowd.example", at=START + 600)
    sandbox.livestorm.unregister(session, "later@crowd.example", at=START + 1200)
    counts = []
    for seconds in (0, 601, 1201):
        sandbox.clock.move_to(START + seconds)
        counts.append(session_attributes(client, session)["registrants_count"])
    assert counts == [0, 1, 0]


def test_team_members_count_as_registrants(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.register(session, "host@team.example", role="team_member")
    assert session_attributes(client, session)["registrants_count"] == 1


def test_sessions_are_canceled_and_events_cancelled(client: Client, sandbox: Sandbox, event: str, session: str) -> None:
    sandbox.livestorm.cancel_session(session)
    row = session_attributes(client, session)
    assert (row["status"], row["canceled_at"]) == ("canceled", sandbox.livestorm.now())
    assert client.get(f"/events/{event}").json()["data"]["attributes"]["scheduling_status"] == "cancelled"


def test_an_event_has_the_status_of_its_most_active_session(client: Client, sandbox: Sandbox, event: str) -> None:
    def scheduling() -> str:
        return client.get(f"/events/{event}").json()["data"]["attributes"]["scheduling_status"]

    statuses = [scheduling()]
    sandbox.livestorm.add_session(event, START - 9 * DAY, never_started=True, at=START - 30 * DAY)
    statuses.append(scheduling())
    sandbox.livestorm.add_session(event, START - 5 * DAY, at=START - 30 * DAY)
    statuses.append(scheduling())
    sandbox.livestorm.add_session(event, START + HOUR)
    statuses.append(scheduling())
    sandbox.clock.move_to(START + HOUR + 60)
    statuses.append(scheduling())
    assert statuses == ["not_scheduled", "not_started", "ended", "upcoming", "live"]
    drafted = sandbox.livestorm.add_event("Draft", published=False)
    row = client.get(f"/events/{drafted}").json()["data"]["attributes"]
    assert (row["status"], row["scheduling_status"], row["published_at"]) == ("draft", "draft", 0)


def test_a_new_planned_start_moves_the_actual_start(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.edit_session(session, estimated_started_at=START + DAY)
    sandbox.clock.move_to(START + 2 * HOUR)
    assert session_attributes(client, session)["status"] == "upcoming"
    sandbox.clock.move_to(START + DAY + 60)
    assert session_attributes(client, session)["status"] == "live"


def test_a_deleted_session_is_not_listed_and_a_404(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.delete_session(session)
    assert client.all("/sessions") == []
    assert client.get(f"/sessions/{session}/people").status_code == 404


def test_the_dashboard_deletes_a_registrant_from_all_sessions_of_an_event(
    client: Client, sandbox: Sandbox, event: str, session: str
) -> None:
    other = sandbox.livestorm.add_session(event, START + DAY)
    for one in (session, other):
        sandbox.livestorm.register(one, "erased@crowd.example")
    sandbox.livestorm.erase_registrant(event, "erased@crowd.example")
    assert [session_attributes(client, one)["registrants_count"] for one in (session, other)] == [0, 0]


@pytest.mark.parametrize(
    ("setting", "changed"), [(None, False), ("attendance_moves_person", True), ("replay_moves_person", False)]
)
def test_a_setting_determines_whether_attendance_changes_updated_at(
    client: Client, sandbox: Sandbox, session: str, setting: str | None, changed: bool
) -> None:
    """Livestorm does not document it (reference, section 13); by default it does not change."""
    if setting:
        sandbox.livestorm.settings.change(**{setting: True})
    sandbox.livestorm.register(session, "came@crowd.example")
    sandbox.livestorm.attend(session, "came@crowd.example")
    sandbox.clock.move_to(START + 4 * HOUR)
    found = client.get(f"/sessions/{session}/people", updated_since=START + HOUR).json()["data"]
    assert bool(found) is changed
    assert detail(client, session, "came@crowd.example")["registrant_detail"]["updated_at"] > START + HOUR
