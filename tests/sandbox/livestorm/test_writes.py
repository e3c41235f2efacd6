"""Registering, changing and removing over the API; bulk jobs."""

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


def test_registering_needs_an_address_only(client: Client, session: str) -> None:
    answer = register(client, session, email="new@acme.example")
    about = answer.json()["data"]["attributes"]
    assert answer.status_code == 201
    assert (about["email"], about["last_name"]) == ("new@acme.example", None)
    assert about["registrant_detail"]["registration_type"] == "API"
    assert about["registrant_detail"]["utm_source"] == "api"


@pytest.mark.parametrize(("setting", "status"), [(None, 409), (422, 422)])
def test_registering_twice_is_refused(
    client: Client, sandbox: Sandbox, session: str, setting: int | None, status: int
) -> None:
    if setting:
        sandbox.livestorm.settings.change(duplicate_status=setting)
    register(client, session, email="new@acme.example")
    assert register(client, session, email="new@acme.example").status_code == status


def test_an_unknown_field_is_named(client: Client, session: str) -> None:
    answer = register(client, session, email="new@acme.example", shoe_size="42")
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (422, "The field 'shoe_size' doesn't exist")


def test_a_flat_address_is_overlooked_so_the_call_lacks_one(client: Client, session: str) -> None:
    answer = client.post(f"/sessions/{session}/people", "people", email="flat@acme.example", fields=[])
    assert answer.status_code == 422


def test_a_past_session_takes_nobody(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.clock.advance(hours=9)
    assert register(client, session, email="new@acme.example").status_code == 422


def test_beyond_the_allowance_of_contacts_registering_is_a_402(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.livestorm.settings.change(contact_limit=1)
    assert register(client, session, email="one@acme.example").status_code == 201
    assert register(client, session, email="two@acme.example").status_code == 402


def test_unregistering_by_address_and_by_id(client: Client, session: str) -> None:
    path = f"/sessions/{session}/people"
    register(client, session, email="one@acme.example")
    two = register(client, session, email="two@acme.example").json()["data"]["id"]
    assert client.call("DELETE", f"{path}?filter[email]=one@acme.example").status_code == 204
    assert client.call("DELETE", f"{path}/{two}").status_code == 204
    assert client.get(path).json()["data"] == []
    assert client.call("DELETE", f"{path}/{two}").status_code == 404
    assert register(client, session, email="two@acme.example").json()["data"]["id"] == two


def test_a_registrants_answers_can_be_changed(client: Client, session: str) -> None:
    person = register(client, session, email="one@acme.example").json()["data"]["id"]
    body = {"data": {"type": "people", "attributes": {"fields": fields(last_name="Renamed", company="New")}}}
    answer = client.call("PATCH", f"/sessions/{session}/people/{person}", json=body)
    about = answer.json()["data"]["attributes"]
    assert (answer.status_code, about["last_name"]) == (200, "Renamed")
    assert client.get(f"/people/{person}").json()["data"]["attributes"]["last_name"] == "Renamed"


def test_sessions_are_written_in_local_time(client: Client, event: str) -> None:
    answer = client.post(
        f"/events/{event}/sessions", "sessions", estimated_started_at="2027-01-12 10:30:00", timezone="Europe/Paris"
    )
    session = answer.json()["data"]
    assert (answer.status_code, session["attributes"]["estimated_started_at"]) == (201, 1_799_746_200)
    body = {"data": {"type": "sessions", "attributes": {"name": "Soir"}}}
    changed = client.call("PATCH", f"/sessions/{session['id']}", json=body).json()["data"]["attributes"]
    assert changed["name"] == "Soir"
    assert client.call("DELETE", f"/sessions/{session['id']}").status_code == 204


def test_an_event_from_its_creation_to_its_end(client: Client) -> None:
    created = client.post("/events", "events", title="Made here", status="published").json()["data"]
    path = f"/events/{created['id']}"
    tag = {"data": {"type": "tags", "attributes": {"name": "New"}}}
    assert client.call("POST", f"{path}/tags", json=tag).status_code == 201
    assert [row["id"] for row in client.every("/events", tag="new")] == [created["id"]]
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
def test_a_body_that_is_no_such_document_is_a_400(client: Client, session: str, options: dict[str, object]) -> None:
    assert client.call("POST", f"/sessions/{session}/people", **options).status_code == 400


def test_a_bulk_job_is_accepted_works_and_ends(client: Client, sandbox: Sandbox, session: str) -> None:
    tasks = [{"fields": fields(email=f"bulk{number}@acme.example")} for number in range(3)]
    tasks[2] = {"attributes": {"fields": fields(email="bulk1@acme.example")}}  # type: ignore[assignment]
    accepted = client.post(f"/sessions/{session}/people/bulk", "jobs", tasks=tasks)
    job = f"/jobs/{accepted.json()['data']['id']}"
    assert (accepted.status_code, accepted.json()["data"]["attributes"]["status"]) == (202, "processing")
    sandbox.clock.advance(seconds=2)
    told = client.get(job).json()["data"]["attributes"]
    assert (told["status"], told["total_items"], told["total_fail"], told["total_failed"]) == ("failed", 3, 1, 1)
    assert [task["attributes"]["status"] for task in client.get(f"{job}/tasks").json()["data"]] == [
        "ended", "ended", "failed"]  # fmt: skip
    assert client.get(f"{job}/tasks", size=10).status_code == 500


def test_a_bulk_job_takes_at_most_50_tasks(client: Client, session: str) -> None:
    tasks = [{"fields": fields(email=f"bulk{number}@acme.example")} for number in range(51)]
    assert client.post(f"/sessions/{session}/people/bulk", "jobs", tasks=tasks).status_code == 422


def test_live_sessions_still_take_registrations(client: Client, sandbox: Sandbox, session: str) -> None:
    sandbox.clock.move_to(START + HOUR + 60)
    assert register(client, session, email="late@acme.example").status_code == 201
