"""The body of a webhook delivery: a JSON:API document whose `data` is a resource with `meta.webhook.event`."""

from __future__ import annotations

import logging
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.json_text import MAX_DEPTH, is_storable
from livestorm_salesforce.clients.livestorm.resources import parse_resource
from livestorm_salesforce.errors import ContractError

log = logging.getLogger(__name__)
#: Events that are processed; a workspace may send others to the same address (portal, webhooks).
EVENTS = ("people.registered", "people.attended", "people.not_attended", "people.watched_replay")
_MAX_LENGTH = 200  # characters of an id; Livestorm's ids are UUIDs


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("cannot be stored")
    return text


_Id = Annotated[str, Field(min_length=1, max_length=_MAX_LENGTH), AfterValidator(_storable)]


class _Detail(BaseModel):
    session_id: _Id


class _Attributes(BaseModel):
    registrant_detail: _Detail


class _Webhook(BaseModel):
    event: Literal[EVENTS]  # type: ignore[valid-type]


class _Meta(BaseModel):
    webhook: _Webhook


class _Person(BaseModel):
    id: _Id
    attributes: _Attributes
    meta: _Meta


class _Document(BaseModel):
    data: _Person


def parse_delivery(document: Any, sent: int) -> tuple[str, JsonObject] | None:
    """Session id, and the person's resource without join link and key, with `meta.sent`.

    None for other events and unknown formats, also for a document that is nested too deeply to be processed later.

    Args:
        sent: time of the signature, epoch seconds.
    """
    try:
        delivery = _Document.model_validate(document)
        person = parse_resource(document["data"], "webhook")
    except ValidationError:
        return None
    except ContractError:
        log.warning("A webhook delivery with more than %s levels was ignored.", MAX_DEPTH)
        return None
    person["meta"] = {**person["meta"], "sent": sent}
    return delivery.data.attributes.registrant_detail.session_id, person
