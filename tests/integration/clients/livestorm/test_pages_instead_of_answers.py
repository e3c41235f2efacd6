"""Pages of proxies, firewalls and maintenances instead of answers of Livestorm, at each kind of call.

None of them may look like an empty list, the end of a list, or a session that was deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.errors import ConfigError, ContractError, SessionGone, SyncError, TransientError
from tests.integration.clients.livestorm.workspace import Workspace, page, person, refusal
from tests.integration.clients.scripted import Answer, Asked, in_turn

HTML = {"Content-Type": "text/html"}
PAGE = b"<!DOCTYPE html><html><body>canary</body></html>"
CALLS: dict[str, Callable[[LivestormClient], Any]] = {
    "ping": lambda client: client.ping(),
    "sessions": lambda client: client.list_sessions(),
    "session": lambda client: client.get_session("s1"),
    "event": lambda client: client.get_event("e1").data,
    "people": lambda client: list(client.people_pages("s1")),
    "webhooks": lambda client: client.list_webhooks(),
    "subscribe": lambda client: client.subscribe("https://x", "people.registered"),
    "unsubscribe": lambda client: client.unsubscribe("w1"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 402, 403, 404, 407, 410, 413, 414, 431, 451, 502, 503, 511])
def test_a_page_is_an_error_at_every_call(livestorm, call, status) -> None:
    answer = Answer(PAGE, status, {**HTML, "Location": "https://login.example"})
    client, server, _ = livestorm(lambda asked: answer)
    with pytest.raises(SyncError) as caught:
        CALLS[call](client)
    error = caught.value
    assert not isinstance(error, SessionGone) and "canary" not in f"{error!s}{error!r}{error.remedy}"
    transient = status in (200, 400, 410, 502, 503, 511)
    assert isinstance(error, TransientError) == transient
    assert len(server.asked) == (5 if transient and not call.endswith("subscribe") else 1)
    if status in (402, 403, 407, 413, 414, 431, 451):
        assert isinstance(error, ConfigError) and "proxy" in error.remedy and "scope" not in error.remedy


@pytest.mark.parametrize("call", [name for name in CALLS if name not in ("ping", "subscribe", "unsubscribe")])
@pytest.mark.parametrize("body", [b"", b"null", b"OK", "maintenance", {}, {"data": None}, {"meta": {}}], ids=str)
def test_an_answer_without_data_is_never_an_empty_list(livestorm, call, body) -> None:
    client, _, _ = livestorm(lambda asked: Answer(body))
    with pytest.raises((ContractError, TransientError)):
        CALLS[call](client)


@pytest.mark.parametrize("status", [200, 400, 404, 503])
@pytest.mark.parametrize("with_counts", [True, False], ids=["counts", "no counts"])
def test_a_page_within_a_list_is_neither_its_end_nor_a_deleted_session(livestorm, status, with_counts) -> None:
    workspace, pages = Workspace(120), {"1": [Answer(PAGE, status, dict(HTML))]}

    def respond(asked: Asked) -> Answer:
        if planned := pages.get(asked.query.get("page[number]", "0")):
            return planned.pop()
        answer = workspace(asked)
        if not with_counts and isinstance(answer.body, dict) and "meta" in answer.body:
            answer.body["meta"] = {}
        return answer

    client, _, _ = livestorm(respond)
    reader = client.people_pages("s1")
    if status == 404:
        with pytest.raises(ConfigError, match="404"):
            list(reader)
        return
    people = {one["id"] for read in reader for one in read.data}
    assert len(people) == 120 and reader.is_complete


@pytest.mark.parametrize("body", [{"errors": [{"code": "404"}]}, {"detail": "Not Found"}, b""], ids=str)
def test_a_session_is_gone_if_livestorm_says_so(livestorm, body) -> None:
    client, _, _ = livestorm(lambda asked: Answer(body, 404))
    assert client.get_session("s1") is None
    with pytest.raises(SessionGone):
        list(client.people_pages("s1"))
    client.unsubscribe("w1")


def test_after_a_page_the_list_goes_on(livestorm) -> None:
    rows = [person(number) for number in range(3)]
    client, _, _ = livestorm(in_turn(Answer(PAGE, 400, dict(HTML)), Answer(PAGE), page(rows, 0, 50)))
    assert len(client.list_sessions()) == 3


def test_a_rejection_in_json_names_what_the_token_lacks(livestorm) -> None:
    client, _, _ = livestorm(lambda asked: refusal(403, detail="insufficient scope"))
    with pytest.raises(ConfigError, match="lacks a scope"):
        client.list_sessions()
