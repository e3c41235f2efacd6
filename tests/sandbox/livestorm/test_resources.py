"""Resources have exactly the attributes of the samples in the reference."""

from __future__ import annotations

import pytest

from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form
from tests.sandbox.conftest import START, Client

EVENT = """title slug registration_link estimated_duration registration_page_enabled light_registration_page_enabled
    detailed_registration_page_enabled everyone_can_speak description status recording_enabled recording_public
    show_in_company_page chat_enabled polls_enabled questions_enabled language published_at scheduling_status created_at
    updated_at owner sessions_count fields"""
SESSION = """event_id status timezone room_link name attendees_count duration estimated_started_at started_at ended_at
    canceled_at created_at updated_at registrants_count breakout_room_parent_session_id"""
PERSON = "role created_at updated_at timezone first_name last_name email avatar_link"
DETAIL = """event_id session_id created_at updated_at fields referrer utm_source utm_medium utm_term utm_content
    utm_campaign browser_version browser_name os_name os_version screen_height screen_width ip_city ip_country_code
    ip_country_name password_key connection_link attended attendance_rate attendance_duration has_viewed_replay
    registration_type is_highlighted is_guest_speaker session_role"""
COUNTERS = "messages_count questions_count votes_count up_votes_count replay_view_detail"


@pytest.fixture
def rich(sandbox: Sandbox) -> str:
    """A session whose event has a form with a custom choice."""
    work = sandbox.livestorm
    owner = work.add_team_member("maud@team.example", "Maud", "Teyssier", at=START - 100)
    event = work.add_event(
        "Été : à vos achats", owner=owner, description="<p>Un <b>été</b></p>", tags=["Démo"], at=START - 90,
        fields=form(custom={"votre_secteur": ["Industrie", "Services"]}),
    )  # fmt: skip
    return work.add_session(event, START + 60, name="Matin", at=START - 80)


def test_event_attributes(client: Client, rich: str) -> None:
    (event,) = client.get("/events").json()["data"]
    about = event["attributes"]
    assert (event["type"], set(about)) == ("events", set(EVENT.split()))
    assert (about["slug"], about["description"]) == ("ete-a-vos-achats", "<p>Un <b>été</b></p>")
    assert about["owner"]["type"] == "people"
    assert set(about["owner"]["attributes"]) == set(PERSON.split())
    assert [item["order"] for item in about["fields"]] == [0, 1, 2, 3, 4]
    assert about["fields"][-1] == {
        "id": "votre_secteur", "type": "multiple", "order": 4, "required": False, "custom": True,
        "options": {"items": [{"value": "Industrie"}, {"value": "Services"}], "multiple_answers": True},
    }  # fmt: skip
    assert "custom" not in about["fields"][0]


def test_session_attributes(client: Client, rich: str) -> None:
    (session,) = client.get("/sessions").json()["data"]
    assert (session["type"], set(session["attributes"])) == ("sessions", set(SESSION.split()))
    assert session["attributes"]["room_link"].endswith(f"/live?s={rich}")


def test_registrant_attributes_and_answers(client: Client, sandbox: Sandbox, rich: str) -> None:
    sandbox.livestorm.register(
        rich, "solene@acme.example", "Solène", "Garnier",
        fields={"company": "Acme SAS", "votre_secteur": ["Industrie", "Services"]},
        origin={"utm_source": "newsletter"},
    )  # fmt: skip
    (person,) = client.get(f"/sessions/{rich}/people").json()["data"]
    about = person["attributes"]
    assert set(about) == {*PERSON.split(), *COUNTERS.split(), "registrant_detail"}
    detail = about["registrant_detail"]
    assert set(detail) == set(DETAIL.split())
    assert {item["id"]: item["value"] for item in detail["fields"]} == {
        "email": "solene@acme.example", "first_name": "Solène", "last_name": "Garnier", "company": "Acme SAS",
        "votre_secteur": ["Industrie", "Services"],
    }  # fmt: skip
    assert detail["fields"][-1]["custom"] is True
    assert "email=solene%40acme.example&key=" in detail["connection_link"]
    assert detail["password_key"] in detail["connection_link"]


def test_team_members_have_no_password_key_and_speakers_a_flag(client: Client, sandbox: Sandbox, rich: str) -> None:
    work = sandbox.livestorm
    work.register(rich, "maud@team.example", "Maud", "Teyssier", role="team_member")
    work.register(rich, "guest@acme.example", "Guest", "Speaker", guest_speaker=True)
    people = [row["attributes"] for row in client.get(f"/sessions/{rich}/people").json()["data"]]
    rows = {about["email"]: about for about in people}
    host, guest = rows["maud@team.example"], rows["guest@acme.example"]
    assert (host["role"], host["registrant_detail"]["password_key"]) == ("team_member", None)
    assert (guest["role"], guest["registrant_detail"]["is_guest_speaker"]) == ("participant", True)


def test_old_rows_lack_newer_keys(client: Client, sandbox: Sandbox, rich: str) -> None:
    sandbox.livestorm.register(rich, "old@acme.example", leave_out=("session_role", "has_viewed_replay"))
    (person,) = client.get(f"/sessions/{rich}/people").json()["data"]
    keys = set(person["attributes"]["registrant_detail"])
    assert set(DETAIL.split()) - keys == {"session_role", "has_viewed_replay"}


def test_a_person_is_identified_by_the_exact_address(client: Client, sandbox: Sandbox, rich: str) -> None:
    work = sandbox.livestorm
    other = work.add_session(work.session_row(rich)["event_id"], START + 9000)
    one = work.register(rich, "anna@acme.example")
    assert work.register(other, "anna@acme.example") == one
    assert work.register(rich, "ANNA@acme.example") != one
    assert client.get(f"/people/{one}").json()["data"]["attributes"]["email"] == "anna@acme.example"


def test_people_of_an_event_are_listed_once_without_attendance(client: Client, sandbox: Sandbox, rich: str) -> None:
    work = sandbox.livestorm
    event = work.session_row(rich)["event_id"]
    for session in (rich, work.add_session(event, START + 9000)):
        person = work.register(session, "anna@acme.example", fields={"company": session[:4]})
        work.attend(session, person)
    (row,) = client.get(f"/events/{event}/people").json()["data"]
    detail = row["attributes"]["registrant_detail"]
    assert (row["id"], set(detail)) == (person, {"event_id", "created_at", "updated_at", "fields"})
    assert client.get(f"/events/{event}/people/{person}").json()["data"]["id"] == person


def test_include_adds_sessions_and_tags_of_events(client: Client, rich: str) -> None:
    body = client.get("/events", include="sessions,tags").json()
    (event,) = body["data"]
    assert event["relationships"]["sessions"]["data"] == [{"type": "sessions", "id": rich}]
    assert {(one["type"], one["id"]) for one in body["included"]} == {("sessions", rich), ("tags", "démo")}
    assert "included" not in client.get("/events").json()


def test_include_adds_the_event_of_listed_sessions_once(client: Client, sandbox: Sandbox, rich: str) -> None:
    event = sandbox.livestorm.session_row(rich)["event_id"]
    sandbox.livestorm.add_session(event, START + 9000)
    body = client.get("/sessions", include="event").json()
    assert [(one["type"], one["id"]) for one in body["included"]] == [("events", event)]
    assert {one["relationships"]["event"]["data"]["id"] for one in body["data"]} == {event}
    assert "included" not in client.get("/sessions").json()
    assert client.get("/sessions", include="people").status_code == 400


def test_include_adds_all_people_of_a_session(client: Client, crowded: str) -> None:
    body = client.get(f"/sessions/{crowded}", include="people,event").json()
    assert len([one for one in body["included"] if one["type"] == "people"]) == 132
    assert [one["type"] for one in body["included"]].count("events") == 1


def test_the_list_of_sessions_supports_no_include(client: Client) -> None:
    assert client.get("/sessions", include="people").status_code == 400


def test_organization_users_and_me(client: Client, sandbox: Sandbox, rich: str) -> None:
    organization = client.get("/organization").json()["data"]
    assert organization["attributes"] == {"name": "Empty workspace", "slug": "empty-workspace"}
    assert client.get("/me").json()["data"] == organization
    (user,) = client.get("/users", role="owner").json()["data"]
    assert (user["type"], user["attributes"]["email"]) == ("users", "maud@team.example")
