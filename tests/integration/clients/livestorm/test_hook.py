"""The connection and the messages of its *Test* button."""

from __future__ import annotations

import json

import jwt
import pytest

from livestorm_salesforce.clients.livestorm import LivestormHook
from livestorm_salesforce.clients.livestorm.rate_limit import LocalRateLimiter
from livestorm_salesforce.errors import ConfigError
from tests.integration.clients.livestorm.workspace import Workspace, refusal
from tests.integration.clients.scripted import Answer

TOKEN = "canary-token"


@pytest.fixture
def connect(monkeypatch):
    def make(**fields) -> LivestormHook:
        monkeypatch.setenv("AIRFLOW_CONN_LIVESTORM_DEFAULT", json.dumps({"conn_type": "livestorm", **fields}))
        return LivestormHook()

    return make


def workspace(ping: Answer | None = None, sessions: Answer | None = None):
    def respond(asked):
        chosen = ping if asked.path.endswith("/ping") else sessions
        return chosen or (Answer() if asked.path.endswith("/ping") else Workspace(1)(asked))

    return respond


def outcome(connect, scripted, respond) -> tuple[bool, str]:
    server = scripted(respond)
    return connect(host=f"http://127.0.0.1:{server.port}/v1", password=TOKEN).test_connection()


def test_a_good_connection_names_the_remaining_calls(connect, scripted):
    good = Workspace(1)

    def respond(asked):
        answer = Answer() if asked.path.endswith("/ping") else good(asked)
        answer.headers |= {"RateLimit-Monthly-Remaining": "9000", "RateLimit-Monthly-Limit": "10000"}
        return answer

    ok, words = outcome(connect, scripted, respond)
    assert ok and "9,000 of 10,000" in words


def test_a_workspace_without_sessions_is_a_good_connection(connect, scripted):
    """It may have no first page, so the request has no page number."""
    page = Workspace(0)
    ok, words = outcome(connect, scripted, lambda asked: refusal(400) if "page[number]" in asked.query else page(asked))
    assert ok, words


@pytest.mark.parametrize(
    ("respond", "expected"),
    [
        (workspace(ping=refusal(401, "unauthorized", "The API token is invalid")), "refused the token"),
        (workspace(ping=refusal(403, "forbidden", "workspace not validated")), "validate the workspace"),
        (workspace(sessions=refusal(403, "forbidden")), "The token is valid, but sessions may not be read"),
        (workspace(sessions=refusal(401, "unauthorized")), "The token is valid, but sessions may not be read"),
        (workspace(ping=Answer(b"<html>", 502)), "502"),
    ],
    ids=["wrong token", "workspace not validated", "scope missing, 403", "scope missing, 401", "down"],
)
def test_each_failure_has_its_message_without_a_secret(connect, scripted, respond, expected):
    ok, words = outcome(connect, scripted, respond)
    assert not ok and expected in words and TOKEN not in words


@pytest.mark.parametrize("flat", ["/events", "/sessions"])
def test_a_flat_array_is_reported_as_a_zapier_token(connect, scripted, flat):
    listed = Workspace(1)

    def respond(asked):
        if asked.path.endswith(flat):
            return Answer([{"id": "3b000000-0000-4000-8000-000000000001", "title": "Webinaire exemple"}])
        return Answer() if asked.path.endswith("/ping") else listed(asked)

    ok, words = outcome(connect, scripted, respond)
    assert not ok and "this looks like a Zapier token; create one under Public API" in words


@pytest.mark.parametrize("password", ["Bearer canary-token", "bearer canary-token", " Bearer\tcanary-token"])
def test_a_token_with_bearer_is_rejected_and_not_corrected(connect, password):
    hook = connect(password=password)
    with pytest.raises(ConfigError, match="starts with 'Bearer '") as caught:
        hook.get_client()
    ok, words = hook.test_connection()
    assert not ok and "canary" not in words + str(caught.value)


@pytest.mark.parametrize(("password", "expected"), [(None, "holds no API token"), ("canary\nline", "line breaks")])
def test_an_impossible_token_is_rejected_before_it_is_sent(connect, password, expected):
    with pytest.raises(ConfigError, match=expected) as caught:
        connect(password=password).get_client()
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "https://api.livestorm.co/v1"),
        ({"host": "https://api.livestorm.co/v1/"}, "https://api.livestorm.co/v1"),
        ({"host": "api.livestorm.co"}, "https://api.livestorm.co/v1"),
        ({"host": "api.livestorm.co", "schema": "v1"}, "https://api.livestorm.co/v1"),
        ({"host": "api.livestorm.co", "schema": "https"}, "https://api.livestorm.co/v1"),
        ({"host": "127.0.0.1", "schema": "http", "port": 8081}, "http://127.0.0.1:8081/v1"),
        ({"host": "http://127.0.0.1", "port": 8081}, "http://127.0.0.1:8081/v1"),
        ({"host": "http://127.0.0.1:8081/v1"}, "http://127.0.0.1:8081/v1"),
    ],
)
def test_the_base_url_is_read_from_the_connection(connect, fields, expected):
    client = connect(password=TOKEN, **fields).get_client()
    assert client._transport._base_url == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "http://api.livestorm.co/v1"},
        {"host": "api.livestorm.co", "schema": "http"},
        {"host": "http://192.168.0.1:8081"},
        {"host": "http://localhost.elsewhere.test"},
        {"host": "http://127.0.0.1.elsewhere.test"},
    ],
)
def test_a_token_is_sent_unencrypted_to_this_machine_only(connect, fields):
    hook = connect(password=TOKEN, **fields)
    with pytest.raises(ConfigError, match="in the clear") as caught:
        hook.get_client()
    ok, words = hook.test_connection()
    assert not ok and "in the clear" in words and TOKEN not in words + str(caught.value)


def test_an_invalid_address_is_a_config_error(connect):
    with pytest.raises(ConfigError, match="web address"):
        connect(password=TOKEN, host="ftp://api.livestorm.co/v1").get_client()


def private_token(**claims: str) -> str:
    return jwt.encode(claims, "k" * 32, algorithm="HS256")


@pytest.mark.parametrize(
    ("tokens", "workspaces"),
    [
        ([private_token(org="org-1", jti="a"), private_token(org="org-1", jti="b")], 1),
        ([private_token(org="org-1"), private_token(org="org-2")], 2),
        ([private_token(jti="a"), private_token(jti="b")], 2),
        (["opaque-one", "opaque-two"], 2),
        (["opaque-one", "opaque-one"], 1),
    ],
    ids=["one organization", "two organizations", "no claim", "opaque tokens", "one opaque token"],
)
def test_tokens_of_one_workspace_share_its_limit(connect, tokens, workspaces):
    """Livestorm allows five calls per second per workspace, not per token."""
    found: list[str] = []

    def limiter(workspace: str) -> LocalRateLimiter:
        found.append(workspace)
        return LocalRateLimiter()

    for token in tokens:
        connect(host="https://api.livestorm.co/v1", password=token).get_client(limiter=limiter)
    assert len(found) == len(tokens)
    assert len(set(found)) == workspaces
