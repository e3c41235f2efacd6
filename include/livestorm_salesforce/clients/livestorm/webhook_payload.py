"""The body of a delivery: a JSON:API document whose `data` is the resource as the API gives it, and says its event."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from livestorm_salesforce.clients.livestorm.pagination import resource

#: What is of use; a workspace may have others sent to the same address (portal, webhooks).
EVENTS = ("people.registered", "people.attended", "people.not_attended", "people.watched_replay")
_LONGEST = 200  # characters of an id; Livestorm's are UUIDs


class _Detail(BaseModel):
    session_id: str = Field(min_length=1, max_length=_LONGEST)


class _Attributes(BaseModel):
    registrant_detail: _Detail


class _Webhook(BaseModel):
    event: Literal[EVENTS]  # type: ignore[valid-type]


class _Meta(BaseModel):
    webhook: _Webhook


class _Person(BaseModel):
    id: str = Field(min_length=1, max_length=_LONGEST)
    attributes: _Attributes
    meta: _Meta


class _Document(BaseModel):
    data: _Person


def person_of(document: Any, sent: int) -> tuple[str, dict[str, Any]] | None:
    """Session id, and the person's resource without join link and key, with `meta.sent`.

    None for other events, and for shapes that are not known.

    Args:
        sent: when Livestorm signed it, epoch seconds.
    """
    try:
        known = _Document.model_validate(document)
    except ValidationError:
        return None
    person = resource(document["data"], "webhook")
    person["meta"] = {**person["meta"], "sent": sent}
    return known.data.attributes.registrant_detail.session_id, person
