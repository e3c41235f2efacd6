"""Livestorm sessions and events as frames."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from livestorm_salesforce.domain.shared import contracts, jsonapi

TAGS = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
BREAKS = re.compile(r"<\s*(?:br\b[^>]*|/p|/div|/li|/h[1-6]|/tr)\s*>", re.IGNORECASE)
SESSION_TEXT = ["event_id", "status", "timezone", "name", "room_link", "breakout_room_parent_session_id"]
SESSION_NUMBERS = ["attendees_count", "registrants_count", "duration"]
SESSION_TIMES = ["estimated_started_at", "started_at", "ended_at", "canceled_at", "created_at", "updated_at"]
EVENT_TEXT = ["title", "registration_link", "language", "scheduling_status", "status"]
TAG_NAMES = ("name", "title", "label", "slug")


def transform_sessions(resources: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row per session: columns of `contracts.SESSIONS`. A session without a status gets the status `none`."""
    raw = jsonapi.attributes_of(resources)
    columns = {
        "session_id": jsonapi.ids_of(resources),
        **{name: jsonapi.text(jsonapi.values(raw, name)) for name in SESSION_TEXT},
        "event_id": jsonapi.reference(list(map(_event_id, resources))),
        "status": jsonapi.words(jsonapi.values(raw, "status")),
        "breakout_room_parent_session_id": jsonapi.reference(jsonapi.values(raw, "breakout_room_parent_session_id")),
        **{name: jsonapi.count(jsonapi.values(raw, name)) for name in SESSION_NUMBERS},
        **{name: jsonapi.time(jsonapi.values(raw, name)) for name in SESSION_TIMES},
    }
    frame = pa.table(columns).to_pandas()
    frame["status"] = frame["status"].replace("cancelled", "canceled").fillna("none")
    return contracts.check(frame.drop_duplicates("session_id", ignore_index=True), contracts.SESSIONS)


def _event_id(session: dict[str, Any]) -> Any:
    """The attribute `event_id` (`event_type_id` in the API's schema), else the relationship (JSON:API)."""
    attributes = session.get("attributes") or {}
    relation = (session.get("relationships") or {}).get("event")
    linked = relation.get("data") if isinstance(relation, dict) else None
    return attributes.get("event_id") or attributes.get("event_type_id") or linked


def transform_events(resources: Sequence[dict[str, Any]], included: Sequence[dict[str, Any]] = ()) -> pd.DataFrame:
    """One row per event: columns of `contracts.EVENTS`.

    `form`: slugs of its registration form, joined with `;`. `tags`: null if their names are unknown.
    """
    raw = jsonapi.attributes_of(resources)
    markup = [jsonapi.plain(one) for one in jsonapi.values(raw, "description")]
    descriptions = [None if one is None else plain_text(str(one)) for one in markup]
    forms = [None if form is None else _slugs(form) for form in jsonapi.values(raw, "fields")]
    columns = {
        "event_id": jsonapi.ids_of(resources),
        **{name: jsonapi.text(jsonapi.values(raw, name)) for name in EVENT_TEXT},
        "description": jsonapi.text(descriptions),
        "estimated_duration": jsonapi.count(jsonapi.values(raw, "estimated_duration")),
        "updated_at": jsonapi.time(jsonapi.values(raw, "updated_at")),
        "form": pa.array(forms, pa.large_string()),
    }
    frame = pa.table(columns).to_pandas()
    frame["tags"] = _tags(resources, included).reindex(frame["event_id"]).array
    return contracts.check(frame.drop_duplicates("event_id", ignore_index=True), contracts.EVENTS)


def plain_text(markup: str) -> str:
    """HTML as plain text: block ends become line feeds, tags are removed, entities are decoded."""
    lines = html.unescape(TAGS.sub("", BREAKS.sub("\n", markup))).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


def _slugs(form: Any) -> str:
    """Slugs of the required questions of a form, joined with `;`.

    Livestorm does not always state whether a question is required, and requires the address in every form.
    """
    questions = [question for question in form if isinstance(question, dict)] if isinstance(form, list) else []
    required = [str(question.get("id")) for question in questions if question.get("required") is not False]
    return ";".join(dict.fromkeys(["email", *required])) if questions else ""


def _tags(resources: Sequence[dict[str, Any]], included: Sequence[dict[str, Any]]) -> pd.Series:
    """Tag names of each event, joined with `;`, in lower case (Livestorm compares tags so).

    Null if they are unknown: a linked tag has no name, or tags arrived that are not linked to any event.
    """
    links = {str(event["id"]): _tag_links(event) for event in resources}
    linked = [link for own in links.values() for link in own or []]
    names = _tag_names(included, {"tag", "tags"} | {str(link.get("type")) for link in linked})
    loose = names.keys() - {str(link.get("id")) for link in linked}
    return pd.Series(
        {event: _joined_names([] if own is None and not loose else own, names) for event, own in links.items()},
        dtype="str",
    )


def _tag_links(event: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Links of an event to its tags (JSON:API: resource linkage); None if it has no such member."""
    relations = event.get("relationships")
    relation = relations.get("tags") if isinstance(relations, dict) else None
    if not isinstance(relation, dict) or "data" not in relation:
        return None
    data = relation["data"] or []
    return [link if isinstance(link, dict) else {} for link in (data if isinstance(data, list) else [data])]


def _tag_names(included: Sequence[dict[str, Any]], types: set[str]) -> dict[str, str | None]:
    """Name of each included tag by its id. The type and the name of the attribute are not documented."""
    tags = {str(item["id"]): item.get("attributes") or {} for item in included if str(item.get("type")) in types}
    return {number: _first_text(attributes.get(name) for name in TAG_NAMES) for number, attributes in tags.items()}


def _joined_names(links: list[dict[str, Any]] | None, names: dict[str, str | None]) -> str | None:
    if links is None:
        return None
    known = [name for link in links if (name := names.get(str(link.get("id")))) is not None]
    return ";".join(known) if len(known) == len(links) else None


def _first_text(values: Iterable[Any]) -> str | None:
    return next((value.strip().lower() for value in values if isinstance(value, str) and value.strip()), None)
