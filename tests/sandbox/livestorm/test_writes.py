"""Registering, changing and removing through the API."""

from __future__ import annotations

import pytest
import requests

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client
from tests.sandbox.livestorm.conftest import HOUR


def fields(**answers: object) -> list[dict[str, object]]:
    return [{"id": slug, "value": value} for slug, value in answers.items()]


def register(client: Client, session: str, **answers: object) -> requests.Response:
    return client.post(f"/sessions/{session}/people", "people", fields=fields(**answers), utm_source="api")


def test_registering_requires_only_an_address(client: Client, session: str) -> None:
    answer = register(client, session, email="new@acme.example")
    about = answer.json()["data"]["attributes"]
    assert answer.status_code == 201
    assert (about["email"], about["last_name"]) == ("new@acme.example", None)
    assert about["registrant_detail"]["registration_type"] == "API"
    assert about["registrant_detail"]["utm_source"] == "api"


@pytest.mark.parametrize(("setting", "status"), [(None, 409), (422, 422)])
def test_registering_twice_is_rejected(
    client: Client, sandbox: Sandbox, session: str, setting: int | None, status: int
) -> None:
    if setting:
        sandbox.livestorm.settings.change(duplicate_status=setting)
    register(client, session, email="new@acme.example")
    assert register(client, session, email="new@acme.example").status_code == status


def test_an_unknown_field_is_rejected(client: Client, session: str) -> None:
    answer = register(client, session, email="new@acme.example", shoe_size="42")
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (422, "The field 'shoe_size' doesn't exist")


def test_an_address_outside_of_fields_is_ignored(client: Client, session: str) -> None:
    answer = client.post(f"/sessions/{session}/people", "people", email="flat@acme.example", fields=[])
    assert answer.status_code == 422


def test_a_past_session_rejects_registrations(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.clock.advance(hours=9)
    assert register(client, session, email="new@acme.example").status_code == 422


def test_a_registration_above_the_contact_limit_is_a_402(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.settings.change(contact_limit=1)
    assert register(client, session, email="one@acme.example").status_code == 201
    assert register(client, session, email="two@acme.example").status_code == 402


def test_people_are_removed_by_address_and_by_id(client: Client, session: str) -> None:
    path = f"/sessions/{session}/people"
    register(client, session, email="one@acme.example")
    two = register(client, session, email="two@acme.example").json()["data"]["id"]
    assert client.call("DELETE", f"{path}?filter[email]=one@acme.example").status_code == 204
    assert client.call("DELETE", f"{path}/{two}").status_code == 204
    assert client.get(path).json()["data"] == []
    assert client.call("DELETE", f"{path}/{two}").status_code == 404
    assert register(client, session, email="two@acme.example").json()["data"]["id"] == two


def test_answers_are_changed(client: Client, session: str) -> None:
    person = register(client, session, email="one@acme.example").json()["data"]["id"]
    body = {"data": {"type": "people", "attributes": {"fields": fields(last_name="Renamed", company="New")}}}
    answer = client.call("PATCH", f"/sessions/{session}/people/{person}", json=body)
    about = answer.json()["data"]["attributes"]
    assert (answer.status_code, about["last_name"]) == (200, "Renamed")
    assert client.get(f"/people/{person}").json()["data"]["attributes"]["last_name"] == "Renamed"


def test_sessions_are_created_in_local_time(client: Client, event: str) -> None:
    answer = client.post(
        f"/events/{event}/sessions", "sessions", estimated_started_at="2027-01-12 10:30:00", timezone="Europe/Paris"
    )
    session = answer.json()["data"]
    assert (answer.status_code, session["attributes"]["estimated_started_at"]) == (201, 1_799_746_200)
    body = {"data": {"type": "sessions", "attributes": {"name": "Soir"}}}
    changed = client.call("PATCH", f"/sessions/{session['id']}", json=body).json()["data"]["attributes"]
    assert changed["name"] == "Soir"
    assert client.call("DELETE", f"/sessions/{session['id']}").status_code == 204


def test_events_are_created_tagged_changed_and_deleted(client: Client) -> None:
    created = client.post("/events", "events", title="Made here", status="published").json()["data"]
    path = f"/events/{created['id']}"
    tag = {"data": {"type": "tags", "attributes": {"name": "New"}}}
    assert client.call("POST", f"{path}/tags", json=tag).status_code == 201
    assert [row["id"] for row in client.all("/events", tag="new")] == [created["id"]]
    assert client.call("DELETE", f"{path}/tags", json=tag).status_code == 204
    body = {"data": {"type": "events", "attributes": {"title": "Renamed"}}}
    assert client.call("PUT", path, json=body).json()["data"]["attributes"]["title"] == "Renamed"
    assert client.call("DELETE", path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "options",
    [
        {"data": "{", "headers": {"Content-Type": "application/json"}},
        {"data": "{}", "headers": {"Content-Type": "text/plain"}},
        {"json": {"data": {"type": "sessions"}}},
        {"json": []},
    ],
)
def test_an_invalid_body_is_a_400(client: Client, session: str, options: dict[str, object]) -> None:
    assert client.call("POST", f"/sessions/{session}/people", **options).status_code == 400


def test_a_live_session_accepts_registrations(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.clock.move_to(START + HOUR + 60)
    assert register(client, session, email="late@acme.example").status_code == 201
