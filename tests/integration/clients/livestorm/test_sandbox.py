"""The client with the sandbox's workspace."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from livestorm_salesforce.clients.livestorm import LivestormHook
from livestorm_salesforce.errors import ConfigError, QuotaExhausted, SessionGone
from service_sandbox.control.clock import Clock
from service_sandbox.livestorm.app import create_app
from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.serving.server import Server

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def workspace():
    made = Workspace(None, Clock(NOW))
    made.settings.interval_limit = 0
    return made


@pytest.fixture
def connect(workspace, monkeypatch):
    """Creates a hook for the workspace, optionally with another token."""
    server = Server(create_app(workspace))
    server.start()

    def make(token: str | None = None) -> LivestormHook:
        fields = {"host": f"http://127.0.0.1:{server.port}/v1", "password": token or workspace.token}
        monkeypatch.setenv("AIRFLOW_CONN_LIVESTORM_DEFAULT", json.dumps({"conn_type": "livestorm", **fields}))
        return LivestormHook()

    yield make
    server.stop()


@pytest.fixture
def session_id(workspace) -> str:
    """A session of tomorrow with 123 registrants."""
    event = workspace.add_event("Tour")
    session = workspace.add_session(event, NOW + timedelta(days=1))
    for number in range(123):
        workspace.register(session, f"p{number}@example.test", "Ada", f"Doe {number}")
    return session


def test_every_registrant_is_read_once_without_the_two_secrets(connect, session_id):
    client = connect().get_client()
    reader = client.people_pages(session_id)
    people = [person for page in reader for person in page.data]
    assert reader.is_complete
    assert {person["attributes"]["email"] for person in people} >= {f"p{number}@example.test" for number in range(123)}
    assert len({person["id"] for person in people}) == len(people) == 123
    details = [person["attributes"]["registrant_detail"] for person in people]
    assert not any({"connection_link", "password_key"} & detail.keys() for detail in details)
    assert client.calls == 3 and client.monthly_remaining == 10_000 - 3


def test_sessions_and_events_are_listed(connect, workspace, session_id):
    client = connect().get_client()
    (session,) = client.list_sessions(status="upcoming")
    assert session["id"] == session_id and client.get_session(session_id)["attributes"]["status"] == "upcoming"
    assert client.list_sessions(date_from=NOW + timedelta(days=2)) == []
    listing = client.list_events(include=["sessions"])
    assert [event["attributes"]["title"] for event in listing.data] == ["Tour"]
    assert [item["id"] for item in listing.included] == [session_id]
    (event,) = client.get_event(listing.data[0]["id"]).data
    assert event["id"] == listing.data[0]["id"]
    assert [item["id"] for item in client.get_event(event["id"], include=["sessions"]).included] == [session_id]


def test_only_people_changed_since_are_read(connect, workspace, session_id):
    workspace.clock.advance(hours=1)
    workspace.register(session_id, "late@example.test", "Grace", "Late")
    client = connect().get_client()
    reader = client.people_pages(session_id, updated_since=NOW + timedelta(minutes=30))
    assert [person["attributes"]["email"] for page in reader for person in page.data] == ["late@example.test"]


def test_a_session_deleted_between_list_and_read_is_gone(connect, workspace, session_id):
    client = connect().get_client()
    workspace.delete_session(session_id)
    with pytest.raises(SessionGone):
        list(client.people_pages(session_id))
    assert client.get_session(session_id) is None


def test_a_used_up_month_is_not_retried(connect, workspace, session_id):
    workspace.quota.set_remaining(0)
    client = connect().get_client()
    with pytest.raises(QuotaExhausted, match="429"):
        client.list_sessions()
    assert client.calls == 1


def test_the_old_spelling_of_the_headers_is_read(connect, workspace):
    workspace.settings.change(header_spelling="montly")
    client = connect().get_client()
    client.ping()
    assert client.monthly_limit == 10_000


def test_the_burst_limit_is_not_exceeded(connect, workspace, session_id):
    workspace.settings.interval_limit = 5
    client = connect().get_client()
    refused = workspace.quota.used
    for _ in range(3):
        list(client.people_pages(session_id))
    assert client.calls == workspace.quota.used - refused == 9


def test_a_token_without_a_scope_is_distinguished_from_a_wrong_one(connect, workspace):
    ok, words = connect().test_connection()
    assert ok and "of 10,000 calls" in words
    ok, words = connect(workspace.add_token("identity:read")).test_connection()
    assert not ok and "The token is valid, but sessions may not be read" in words
    ok, words = connect("wrong").test_connection()
    assert not ok and "refused the token" in words
    with pytest.raises(ConfigError):
        connect("wrong").get_client().list_sessions()
