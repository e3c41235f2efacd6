"""Tokens, scopes and the format of errors."""

from __future__ import annotations

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import Client


def test_ping_accepts_a_token_without_bearer_and_has_no_body(client: Client) -> None:
    answer = client.get("/ping")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_token_with_bearer_is_rejected_by_the_oauth_library(client: Client, sandbox: Sandbox) -> None:
    answer = client.call("GET", "/ping", headers={"Authorization": f"Bearer {sandbox.livestorm_token}"})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Doorkeeper", error="invalid_token"')


@pytest.mark.parametrize("header", [None, "not-a-token"])
def test_a_missing_or_unknown_token_is_a_401_with_code_and_status_exchanged(client: Client, header: str | None) -> None:
    answer = client.call("GET", "/ping", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers
    (error,) = answer.json()["errors"]
    assert set(error) == {"title", "detail", "code", "status"}
    assert (error["title"], error["code"], error["status"]) == ("Unauthorized", "401", "unauthorized")


def test_a_missing_scope_is_rejected_where_it_is_required(client: Client, sandbox: Sandbox) -> None:
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("events:read")
    assert client.get("/sessions").status_code == 200
    assert client.get("/organization").status_code == 403
    assert client.post("/events", "events", title="New").status_code == 403


def test_a_token_without_scopes_can_only_ping(client: Client, sandbox: Sandbox) -> None:
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("none")
    assert client.get("/ping").status_code == 200
    assert client.get("/sessions").json()["errors"][0]["status"] == "forbidden"


def test_a_write_scope_includes_reading(client: Client, sandbox: Sandbox) -> None:
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("events:write")
    assert client.get("/sessions").status_code == 200


def test_the_status_of_a_missing_scope_is_a_setting(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(missing_scope_status=401)
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("none")
    assert client.get("/sessions").status_code == 401


def test_a_workspace_without_api_access_responds_403(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(api_enabled=False)
    assert client.get("/ping").status_code == 403


def test_a_revoked_token_is_rejected(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.revoke_token(sandbox.livestorm_token)
    assert client.get("/ping").status_code == 401


@pytest.mark.parametrize("path", ["/nothing", "/sessions/nobody", "/events/x/people", "/people/1"])
def test_an_unknown_path_or_resource_is_a_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "404")
    assert answer.headers["Content-Type"] == "application/vnd.api+json"


def test_a_call_that_is_not_emulated_is_a_501(client: Client, session: str) -> None:
    answer = client.get(f"/sessions/{session}/chat_messages")
    assert answer.status_code == 501
    assert "does not emulate" in answer.json()["errors"][0]["detail"]


def test_an_unknown_scope_is_rejected(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"unknown scopes events:all"):
        sandbox.livestorm.add_token("events:all")
