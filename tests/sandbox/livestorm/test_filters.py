"""All filters of lists, with dates as epoch and as ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client
from tests.sandbox.livestorm.conftest import DAY, HOUR


def iso(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def statuses(sandbox: Sandbox, event: str) -> dict[str, str]:
    """One session per status."""
    work = sandbox.livestorm
    on_demand = work.add_event("On demand", on_demand=True, at=START - DAY)
    old = START - 10 * DAY
    return {
        "upcoming": work.add_session(event, START + HOUR, at=old),
        "live": work.add_session(event, START - 600, at=old),
        "past": work.add_session(event, START - 5 * DAY, at=old),
        "past_not_started": work.add_session(event, START - 4 * DAY, never_started=True, at=old),
        "canceled": work.add_session(event, START + DAY, canceled_at=START - HOUR, at=old),
        "draft": work.add_session(event, START + 9 * DAY, draft=True, at=old),
        "on_demand": work.add_session(on_demand, START - DAY, at=START - DAY),
    }


def ids(client: Client, path: str, **filters: object) -> set[str]:
    return {row["id"] for row in client.all(path, **filters)}


def test_sessions_by_status(client: Client, statuses: dict[str, str]) -> None:
    assert {state: ids(client, "/sessions", status=state) for state in statuses} == {
        state: {session} for state, session in statuses.items()
    }
    assert ids(client, "/sessions") == set(statuses.values())


@pytest.mark.parametrize("spell", [int, iso])
def test_sessions_by_planned_start(client: Client, statuses: dict[str, str], spell: object) -> None:
    found = ids(client, "/sessions", date_from=spell(START), date_to=spell(START + 2 * DAY))  # type: ignore[operator]
    assert found == {statuses["upcoming"], statuses["canceled"]}


def test_a_date_without_time_is_midnight_in_utc(client: Client, statuses: dict[str, str]) -> None:
    assert ids(client, "/sessions", date_from="2026-11-24", date_to="2026-11-25") == {statuses["canceled"]}


def test_sessions_by_creation_and_change(client: Client, sandbox: Sandbox, statuses: dict[str, str]) -> None:
    assert ids(client, "/sessions", created_since=START - DAY) == {statuses["on_demand"]}
    assert statuses["on_demand"] not in ids(client, "/sessions", created_until=START - DAY - 1)
    sandbox.clock.advance(hours=2)
    sandbox.livestorm.edit_session(statuses["upcoming"], name="Renamed")
    assert ids(client, "/sessions", updated_since=sandbox.livestorm.now() - 60) == {statuses["upcoming"]}
    assert statuses["upcoming"] not in ids(client, "/sessions", updated_until=START)


def test_breakout_rooms_are_included_on_request(client: Client, sandbox: Sandbox, event: str, session: str) -> None:
    room = sandbox.livestorm.add_session(event, START, parent_id=session, at=START - DAY)
    assert ids(client, "/sessions") == {session}
    assert ids(client, "/sessions", include_breakout_rooms="true") == {session, room}
    rows = client.all("/sessions", include_breakout_rooms="true")
    assert {row["attributes"]["breakout_room_parent_session_id"] for row in rows} == {None, session}


def test_sessions_of_one_event(client: Client, statuses: dict[str, str], event: str) -> None:
    assert ids(client, f"/events/{event}/sessions") == set(statuses.values()) - {statuses["on_demand"]}
    assert ids(client, f"/events/{event}/sessions", status="live") == {statuses["live"]}


def test_events_by_title_tag_speaking_and_scheduling_status(
    client: Client, sandbox: Sandbox, statuses: dict, event: str
) -> None:
    loud = sandbox.livestorm.add_event("Loud and open", everyone_can_speak=True, tags=["Démo", "Open"])
    assert ids(client, "/events", title="spring PRODUCT") == {event}
    assert ids(client, "/events", tag="none,open") == {loud}
    assert ids(client, "/events", everyone_can_speak="true") == {loud}
    assert ids(client, "/events", scheduling_status="live") == {event}
    assert ids(client, "/events", scheduling_status="not_scheduled") == {loud}
    assert ids(client, "/events", created_since=START - 60) == {loud}
    assert ids(client, "/events", updated_until=START - 5 * DAY) == {event}


def test_people_of_a_session_by_role_address_attendance_and_dates(
    client: Client, sandbox: Sandbox, crowded: str
) -> None:
    work, path = sandbox.livestorm, f"/sessions/{crowded}/people"
    host = work.register(crowded, "host@team.example", "Ho", "St", role="team_member", at=START - 2 * DAY)
    attended = work.registration(crowded, "p7@crowd.example")["person_id"]
    work.attend(crowded, attended)
    assert ids(client, path, role="team_member") == {host}
    assert host not in ids(client, path, role="participant", size=50)
    assert ids(client, path, email="p7@crowd.example") == {attended}
    assert ids(client, path, email="P7@crowd.example") == set()
    assert ids(client, path, attended="true") == set()
    sandbox.clock.advance(hours=3)
    assert ids(client, path, attended="true") == {attended}
    assert len(ids(client, path, attended="false", size=50)) == 132
    assert len(ids(client, path, created_since=START - 9)) == 10
    assert ids(client, path, created_until=START - DAY) == {host}


def test_an_unknown_filter_is_ignored_and_logged(client: Client, sandbox: Sandbox, session: str) -> None:
    assert ids(client, "/sessions", colour="blue") == {session}
    assert sandbox.calls.list()[-1].ignored == ("filter[colour]",)


@pytest.mark.parametrize("filters", [{"date_from": "soon"}, {"include_breakout_rooms": "maybe"}])
def test_an_invalid_filter_value_is_a_400(client: Client, filters: dict[str, str]) -> None:
    assert client.get("/sessions", **filters).status_code == 400


def test_attributes_are_filtered_and_sorted(client: Client, sandbox: Sandbox) -> None:
    slugs = [row["attributes"]["slug"] for row in client.all("/people_attributes", sort="slug")]
    assert slugs == sorted(slugs)
    assert [row["attributes"]["slug"] for row in client.all("/people_attributes", sort="-slug")] == slugs[::-1]
    assert [row["attributes"]["slug"] for row in client.all("/people_attributes", type="url")] == ["website"]
    assert client.get("/people_attributes", sort="colour").status_code == 400
