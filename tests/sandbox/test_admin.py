"""The admin door: everything that a test can do to a sandbox in its process, another program can do over HTTP."""

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


def test_health_says_where_the_services_are(admin: Admin, sandbox: Sandbox) -> None:
    assert admin("GET", "health") == {
        "status": "ok", "livestorm": sandbox.livestorm_url, "salesforce": sandbox.salesforce_url}  # fmt: skip


def test_the_clock_can_be_read_moved_and_advanced(admin: Admin) -> None:
    assert admin("GET", "clock")["now"].startswith("2026-11-23T14:10:0")
    assert admin("POST", "clock", {"move_to": "2027-01-01T12:00:00+01:00"})["now"].startswith("2027-01-01T11:00:0")
    assert admin("POST", "clock", {"move_to": START})["epoch"] == pytest.approx(START, abs=30)
    assert admin("POST", "clock", {"advance": {"hours": 3}})["epoch"] == pytest.approx(START + 10_800, abs=30)


def test_calls_can_be_read_filtered_and_forgotten(admin: Admin, client: Client) -> None:
    client.get("/ping")
    client.get("/sessions")
    told = admin("GET", "calls")
    assert (told["count"], told["cost"]) == (2, {"livestorm": 2})
    assert told["tally"] == {"livestorm": {"ping": 1, "sessions.list": 1}}
    assert [call["kind"] for call in admin("GET", "calls?kind=ping")["calls"]] == ["ping"]
    admin("POST", "calls/reset")
    assert admin("GET", "calls")["count"] == 0


def test_faults_can_be_put_in_force_and_taken_out(admin: Admin, client: Client) -> None:
    admin("POST", "faults", {"name": "html", "status": 503, "service": "livestorm", "nth": [1, 3]})
    assert [client.get("/ping").status_code for _ in range(3)] == [503, 200, 503]
    (fault,) = admin("GET", "faults")["faults"]
    assert (fault["seen"], fault["struck"]) == (3, 2)
    assert "session_deleted" in admin("GET", "faults")["known"]["livestorm"]
    admin("DELETE", "faults")
    assert client.get("/ping").status_code == 200


def test_settings_can_be_changed(admin: Admin, client: Client) -> None:
    assert admin("POST", "settings", {"api_enabled": False})["api_enabled"] is False
    assert client.get("/ping").status_code == 403


def test_reset_seeds_again_with_the_same_or_another_seed(admin: Admin, client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.add_event("Made by hand")
    sandbox.org.insert("Lead", [{"LastName": "Hand", "Company": "Made"}])
    sandbox.clock.advance(days=3)
    sandbox.faults.add("error")
    assert admin("POST", "reset")["epoch"] == pytest.approx(START, abs=30)
    assert client.get("/events").json()["data"] == []
    assert sandbox.org.rows("Lead") == []
    admin("POST", "reset", {"seed": {"livestorm": {"events": [{"title": "Seeded"}]}}})
    assert [row["attributes"]["title"] for row in client.get("/events").json()["data"]] == ["Seeded"]


def test_a_snapshot_holds_both_services(admin: Admin, sandbox: Sandbox) -> None:
    sandbox.livestorm.add_event("Event")
    sandbox.org.insert("Lead", [{"LastName": "One", "Company": "Acme"}])
    snapshot = admin("GET", "snapshot")
    assert snapshot["livestorm"]["events"][0]["attributes"]["title"] == "Event"
    assert snapshot["salesforce"]["Lead"][0]["LastName"] == "One"


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("POST", "clock", {"move": 1}, "unknown words"),
        ("POST", "clock", {}, "either move_to or advance"),
        ("POST", "clock", {"move_to": "2027-01-01T00:00:00"}, "time zone"),
        ("POST", "faults", {"name": "flood"}, "no fault"),
        ("POST", "faults", {}, "name is missing"),
        ("POST", "settings", {"colour": "blue"}, "no setting"),
        ("POST", "reset", {"seed": "nowhere.yaml"}, "no seed"),
    ],
)
def test_a_word_that_means_nothing_is_a_400_with_the_reason(
    sandbox: Sandbox, method: str, path: str, body: dict[str, Any], complaint: str
) -> None:
    answer = requests.request(method, f"{sandbox.admin_url}/{path}", json=body, timeout=30)
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]


@pytest.mark.parametrize("seed", [{"livestorm": {"evens": []}}, {"livestorm": {"events": [{"colour": 1}]}}])
def test_a_refused_reset_leaves_everything_as_it_is(sandbox: Sandbox, client: Client, seed: dict[str, Any]) -> None:
    sandbox.livestorm.add_event("Still there")
    answer = requests.post(f"{sandbox.admin_url}/reset", json={"seed": seed}, timeout=30)
    assert answer.status_code == 400
    assert len(client.get("/events").json()["data"]) == 1
    requests.post(f"{sandbox.admin_url}/reset", timeout=30)
    assert client.get("/events").json()["data"] == []
