"""The body of a webhook delivery: a JSON:API document whose `data` is a resource with `meta.webhook.event`."""

from __future__ import annotations

import logging
import re
from typing import Any

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.json_text import MAX_DEPTH, is_storable
from livestorm_salesforce.clients.livestorm.resources import parse_resource
from livestorm_salesforce.errors import ContractError

log = logging.getLogger(__name__)
#: Events that are processed; a workspace may send others to the same address (portal, webhooks).
EVENTS = ("people.registered", "people.attended", "people.not_attended", "people.watched_replay")
_MAX_LENGTH = 200  # characters of an id; Livestorm's ids are UUIDs
_SEPARATORS = re.compile(r"[\s._-]+")
_SPELLINGS = {_SEPARATORS.sub(".", event): event for event in EVENTS}


def parse_delivery(document: Any, sent: int) -> tuple[str, JsonObject] | None:
    """Session id, and the person's resource without join link and key, with `meta.webhook.event` and `meta.sent`.

    None for other events and unknown formats, also for a document that is nested too deeply to be processed later.

    Args:
        sent: time of the signature, epoch seconds.
    """
    data = _object(document).get("data")
    data = data[0] if isinstance(data, list) and len(data) == 1 else data
    webhook = _object(_object(_object(data).get("meta")).get("webhook"))
    webhook = webhook or _object(_object(_object(document).get("meta")).get("webhook"))
    event = _SPELLINGS.get(_SEPARATORS.sub(".", str(webhook.get("event")).strip().lower()))
    if event is None or _identifier(_object(data).get("id")) is None:
        return None
    try:
        person = parse_resource(data, "webhook")
    except ContractError:
        log.warning("A webhook delivery without attributes or with more than %s levels was ignored.", MAX_DEPTH)
        return None
    session_id = _session_id(_object(data))
    if session_id is None:
        log.warning("A webhook delivery of %s without the id of a session was ignored.", event)
        return None
    return session_id, {**person, "meta": {"webhook": {**webhook, "event": event}, "sent": sent}}


def _session_id(person: JsonObject) -> str | None:
    """The session of the registration: an attribute of it, else a relationship of the person (JSON:API)."""
    detail = person["attributes"].get("registrant_detail")
    detail = detail[0] if isinstance(detail, list) and len(detail) == 1 else detail
    if not isinstance(detail, dict):
        return None
    relation = _object(_object(person.get("relationships")).get("session"))
    return _identifier(detail.get("session_id")) or _identifier(_object(relation.get("data")).get("id"))


def _identifier(value: Any) -> str | None:
    """An id as text; None unless it is a number, or a text that can be stored."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if 0 < len(text) <= _MAX_LENGTH and is_storable(text) else None


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}
