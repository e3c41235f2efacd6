"""Tokens, scopes and the shape of refusals."""

from __future__ import annotations

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import Client


def test_a_raw_token_opens_the_door_and_ping_has_no_body(client: Client) -> None:
    answer = client.get("/ping")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_private_token_with_bearer_is_refused_by_the_oauth_library(client: Client, sandbox: Sandbox) -> None:
    answer = client.call("GET", "/ping", headers={"Authorization": f"Bearer {sandbox.livestorm_token}"})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Doorkeeper", error="invalid_token"')


@pytest.mark.parametrize("header", [None, "not-a-token"])
def test_a_missing_or_unknown_token_is_a_401_with_code_and_status_the_wrong_way_round(
    client: Client, header: str | None
) -> None:
    answer = client.call("GET", "/ping", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers
    (error,) = answer.json()["errors"]
    assert set(error) == {"title", "detail", "code", "status"}
    assert (error["title"], error["code"], error["status"]) == ("Unauthorized", "401", "unauthorized")


def test_a_token_without_the_scope_is_refused_where_it_is_needed_only(client: Client, sandbox: Sandbox) -> None:
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("events:read")
    assert client.get("/sessions").status_code == 200
    assert client.get("/organization").status_code == 403
    assert client.post("/events", "events", title="New").status_code == 403


def test_a_token_without_any_scope_can_ping_and_nothing_else(client: Client, sandbox: Sandbox) -> None:
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("none")
    assert client.get("/ping").status_code == 200
    assert client.get("/sessions").json()["errors"][0]["status"] == "forbidden"


def test_write_scope_covers_reading(client: Client, sandbox: Sandbox) -> None:
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("events:write")
    assert client.get("/sessions").status_code == 200


def test_a_missing_scope_can_be_a_401_as_one_page_of_the_portal_says(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(missing_scope_status=401)
    client.http.headers["Authorization"] = sandbox.livestorm.add_token("none")
    assert client.get("/sessions").status_code == 401


def test_a_workspace_that_support_has_not_validated_answers_403(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.settings.change(api_enabled=False)
    assert client.get("/ping").status_code == 403


def test_a_revoked_token_is_unknown(client: Client, sandbox: Sandbox) -> None:
    sandbox.livestorm.revoke_token(sandbox.livestorm_token)
    assert client.get("/ping").status_code == 401


@pytest.mark.parametrize("path", ["/nothing", "/sessions/nobody", "/events/x/people", "/people/1"])
def test_what_does_not_exist_is_a_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "404")
    assert answer.headers["Content-Type"] == "application/vnd.api+json"


def test_calls_that_livestorm_has_and_the_sandbox_has_not_say_so(client: Client, session: str) -> None:
    answer = client.get(f"/sessions/{session}/chat_messages")
    assert answer.status_code == 501
    assert "does not imitate" in answer.json()["errors"][0]["detail"]


def test_an_unknown_scope_cannot_be_granted(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"no scope events:all"):
        sandbox.livestorm.add_token("events:all")
