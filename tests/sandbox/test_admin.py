"""The admin API: another program can control a sandbox over HTTP as a test does in its process."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client


class Admin:
    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.admin_url

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def admin(sandbox: Sandbox) -> Admin:
    return Admin(sandbox)


def test_health_returns_the_urls_of_both_services(admin: Admin, sandbox: Sandbox) -> None:
    assert admin("GET", "health") == {
        "status": "ok", "livestorm": sandbox.livestorm_url, "salesforce": sandbox.salesforce_url}  # fmt: skip
    assert sandbox.calls.list() == [], "calls of the admin API are not logged"


def test_clock_is_read_moved_and_advanced(admin: Admin) -> None:
    assert admin("GET", "clock")["now"].startswith("2026-11-23T14:10:0")
    assert admin("POST", "clock", {"move_to": "2027-01-01T12:00:00+01:00"})["now"].startswith("2027-01-01T11:00:0")
    assert admin("POST", "clock", {"move_to": START})["epoch"] == pytest.approx(START, abs=30)
    assert admin("POST", "clock", {"advance": {"hours": 3}})["epoch"] == pytest.approx(START + 10_800, abs=30)


def test_calls_are_listed_filtered_and_reset(admin: Admin, client: Client) -> None:
    client.get("/ping")
    client.get("/sessions")
    listed = admin("GET", "calls")
    assert (listed["count"], listed["cost"]) == (2, {"livestorm": 2})
    assert listed["tally"] == {"livestorm": {"ping": 1, "sessions.list": 1}}
    assert [call["call_type"] for call in admin("GET", "calls?call_type=ping")["calls"]] == ["ping"]
    admin("POST", "calls/reset")
    assert admin("GET", "calls")["count"] == 0


def test_faults_are_activated_and_cleared(admin: Admin, client: Client) -> None:
    admin("POST", "faults", {"name": "html", "status": 503, "service": "livestorm", "nth": [1, 3]})
    assert [client.get("/ping").status_code for _ in range(3)] == [503, 200, 503]
    (fault,) = admin("GET", "faults")["faults"]
    assert (fault["matched"], fault["applied"]) == (3, 2)
    assert "session_deleted" in admin("GET", "faults")["known"]["livestorm"]
    admin("DELETE", "faults")
    assert client.get("/ping").status_code == 200


def test_settings_are_changed(admin: Admin, client: Client) -> None:
    assert admin("POST", "settings", {"api_enabled": False})["api_enabled"] is False
    assert client.get("/ping").status_code == 403


def test_reset_restores_the_same_or_another_seed(admin: Admin, client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.add_event("Added")
    sandbox.org.insert("Lead", [{"LastName": "Added", "Company": "Acme"}])
    sandbox.clock.advance(days=3)
    sandbox.faults.add("error")
    assert admin("POST", "reset")["epoch"] == pytest.approx(START, abs=30)
    assert client.get("/events").json()["data"] == []
    assert sandbox.org.rows("Lead") == []
    admin("POST", "reset", {"seed": {"livestorm": {"events": [{"title": "Seeded"}]}}})
    assert [row["attributes"]["title"] for row in client.get("/events").json()["data"]] == ["Seeded"]


@pytest.mark.parametrize("seed", [{"livestorm": {"evens": []}}, {"livestorm": {"events": [{"colour": 1}]}}])
def test_a_rejected_reset_changes_nothing(sandbox: Sandbox, client: Client, seed: dict[str, Any]) -> None:
    sandbox.livestorm.add_event("Kept")
    answer = requests.post(f"{sandbox.admin_url}/reset", json={"seed": seed}, timeout=30)
    assert answer.status_code == 400
    assert len(client.get("/events").json()["data"]) == 1


def test_snapshot_contains_both_services(admin: Admin, sandbox: Sandbox) -> None:
    sandbox.livestorm.add_event("Event")
    sandbox.org.insert("Lead", [{"LastName": "One", "Company": "Acme"}])
    snapshot = admin("GET", "snapshot")
    assert snapshot["livestorm"]["events"][0]["attributes"]["title"] == "Event"
    assert snapshot["salesforce"]["Lead"][0]["LastName"] == "One"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("clock", {"move": 1}, "unknown arguments"),
        ("clock", {}, "either move_to or advance"),
        ("clock", {"move_to": "2027-01-01T00:00:00"}, "time zone"),
        ("faults", {"name": "flood"}, "unknown fault"),
        ("faults", {}, "name is missing"),
        ("settings", {"colour": "blue"}, "unknown settings"),
        ("reset", {"seed": "nowhere.yaml"}, "unknown seed"),
    ],
)
def test_invalid_arguments_are_a_400_with_the_reason(
    sandbox: Sandbox, path: str, body: dict[str, Any], message: str
) -> None:
    answer = requests.post(f"{sandbox.admin_url}/{path}", json=body, timeout=30)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
