"""Deliveries in other formats than the recorded ones: the same registration is found, without its secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from livestorm_salesforce.clients.livestorm.resources import parse_page
from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery

Document = dict[str, Any]


def delivery() -> Document:
    secrets = {"connection_link": "https://canary", "password_key": "canary"}
    detail = {"session_id": "s1", "event_id": "e1", "attended": False, "fields": [], **secrets}
    attributes = {"email": "ada@acme.example", "registrant_detail": detail}
    meta = {"webhook": {"event": "people.registered", "organization_id": "o1"}}
    return {"data": {"id": "p1", "type": "people", "attributes": attributes, "meta": meta}}


def detail_of(document: Document) -> Document:
    found: Document = document["data"]["attributes"]["registrant_detail"]
    return found


def event(name: str) -> Callable[[Document], Document]:
    def named(document: Document) -> Document:
        document["data"]["meta"]["webhook"]["event"] = name
        return document

    return named


def session_in_relationships(document: Document) -> Document:
    del detail_of(document)["session_id"]
    document["data"]["relationships"] = {"session": {"data": {"type": "sessions", "id": "s1"}}}
    return document


def detail_in_a_list(document: Document) -> Document:
    document["data"]["attributes"]["registrant_detail"] = [detail_of(document)]
    return document


def secrets_in_a_list(document: Document) -> Document:
    document["data"]["attributes"]["registrations"] = [[{**detail_of(document)}]]
    return document


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document,
        lambda document: {"data": [document["data"]]},
        lambda document: {"meta": document["data"].pop("meta"), **document},
        lambda document: {**document, "included": None, "jsonapi": {"version": "1.0"}},
        event("people_registered"),
        event(" People.Registered "),
        session_in_relationships,
        detail_in_a_list,
        secrets_in_a_list,
    ],
)
def test_a_registration_is_found_in_other_formats(change: Callable[[Document], Document]) -> None:
    found = parse_delivery(change(delivery()), 1_764_000_000)
    assert found is not None
    session_id, person = found
    assert (session_id, person["id"]) == ("s1", "p1")
    assert person["attributes"]["registrant_detail"]["attended"] is False
    assert person["meta"] == {
        "webhook": {"event": "people.registered", "organization_id": "o1"},
        "sent": 1_764_000_000,
    }
    assert "canary" not in json.dumps(person)


def test_ids_may_be_numbers() -> None:
    """Everywhere else an id is text: a registrant of a delivery is the same as in a list."""
    document = delivery()
    document["data"]["id"], detail_of(document)["session_id"] = 7, 5
    found = parse_delivery(document, 1)
    assert found is not None
    assert (found[0], found[1]["id"]) == ("5", "7")
    meta = {"record_count": 1, "page_count": 1, "next_page": None}
    assert parse_page({"data": [document["data"]], "meta": meta}, 0, "/sessions/5/people").data[0]["id"] == "7"


@pytest.mark.parametrize(
    "change",
    [
        event("people"),
        event("people.unregistered"),
        event("session.ended"),
        lambda document: {"data": [document["data"], document["data"]]},
        lambda document: {"data": None},
        lambda document: document["data"],
        lambda document: {**document, "data": {**document["data"], "id": True}},
        lambda document: {**document, "data": {**document["data"], "id": "x" * 201}},
        lambda document: {**document, "data": {**document["data"], "attributes": None}},
        lambda document: [document],
        lambda document: None,
    ],
)
def test_what_is_no_registration_is_ignored(change: Callable[[Document], Any]) -> None:
    assert parse_delivery(change(delivery()), 1) is None


@pytest.mark.parametrize("session_id", [None, "", {}, True, "\ud83d"])
def test_a_delivery_without_session_is_ignored(session_id: Any) -> None:
    document = delivery()
    detail_of(document)["session_id"] = session_id
    assert parse_delivery(document, 1) is None
