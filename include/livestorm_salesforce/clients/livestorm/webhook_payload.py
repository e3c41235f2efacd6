"""The body of a webhook delivery: a JSON:API document whose `data` is a resource with `meta.webhook.event`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.livestorm.resources import parse_resource

#: Events that are processed; a workspace may send others to the same address (portal, webhooks).
EVENTS = ("people.registered", "people.attended", "people.not_attended", "people.watched_replay")
_MAX_LENGTH = 200  # characters of an id; Livestorm's ids are UUIDs


class _Detail(BaseModel):
    session_id: str = Field(min_length=1, max_length=_MAX_LENGTH)


class _Attributes(BaseModel):
    registrant_detail: _Detail


class _Webhook(BaseModel):
    event: Literal[EVENTS]  # type: ignore[valid-type]


class _Meta(BaseModel):
    webhook: _Webhook


class _Person(BaseModel):
    id: str = Field(min_length=1, max_length=_MAX_LENGTH)
    attributes: _Attributes
    meta: _Meta


class _Document(BaseModel):
    data: _Person


def parse_delivery(document: Any, sent: int) -> tuple[str, JsonObject] | None:
    """Session id, and the person's resource without join link and key, with `meta.sent`.

    None for other events and unknown formats.

    Args:
        sent: time of the signature, epoch seconds.
    """
    try:
        delivery = _Document.model_validate(document)
    except ValidationError:
        return None
    person = parse_resource(document["data"], "webhook")
    person["meta"] = {**person["meta"], "sent": sent}
    return delivery.data.attributes.registrant_detail.session_id, person
