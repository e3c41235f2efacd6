"""Descriptions of objects (`describe`): one by one, or several in one composite request, which counts as one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from livestorm_salesforce.clients.http import JsonObject
from livestorm_salesforce.clients.salesforce import soql
from livestorm_salesforce.clients.salesforce.encoding import json_body
from livestorm_salesforce.clients.salesforce.errors import MARKETING_REMEDY, OBJECT_REMEDY, error_for
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.errors import ConfigError, ContractError, QuotaExhausted, TransientError

#: Statuses of a gateway that does not admit composite requests: the objects are described one by one then.
COMPOSITE_NOT_ADMITTED = (400, 403, 404, 405, 413)


def describe(transport: Transport, object_name: str) -> JsonObject:
    """The description of an object as this user sees it (`GET /sobjects/X/describe`).

    Raises:
        ConfigError: the object does not exist or is hidden from this user.
    """
    description = find_object(transport, object_name)
    if description is None:
        remedy = MARKETING_REMEDY if object_name == "CampaignMemberStatus" else OBJECT_REMEDY
        raise ConfigError(f"Salesforce does not know {object_name}, or hides it (HTTP 404).", remedy=remedy)
    return description


def find_object(transport: Transport, object_name: str) -> JsonObject | None:
    """The description of an object, or None if it does not exist or is hidden from this user.

    Only Salesforce's own 404 means None; a 404 page of a proxy is an error.
    """
    reply = transport.call("GET", _path(object_name), accept=(404,))
    if reply.status == 404:
        return None
    if not _is_description(reply.body):
        raise ContractError(f"Salesforce answered the describe of {object_name} without a list of fields.")
    description: JsonObject = reply.body
    return description


def describe_all(transport: Transport, object_names: Sequence[str]) -> dict[str, JsonObject]:
    """Descriptions by object, with one call where Salesforce admits it. Raises as `describe`."""
    known = _describe_together(transport, object_names)
    return {name: known.get(name) or describe(transport, name) for name in object_names}


def _describe_together(transport: Transport, object_names: Sequence[str]) -> dict[str, JsonObject]:
    """The descriptions that one composite request returned (REST API guide: Composite).

    Objects without a description in it, and all where the request is not admitted, are described one by one: the
    response to that call contains the reason.
    """
    subrequests = [
        {"method": "GET", "url": f"{transport.root}{_path(name)}", "referenceId": name} for name in object_names
    ]
    body = json_body({"allOrNone": False, "compositeRequest": subrequests})
    try:
        reply = transport.call("POST", "/composite", accept_any_body=COMPOSITE_NOT_ADMITTED, **body)
    except (ContractError, TransientError):
        return {}
    if reply.status >= 300:
        error = error_for(reply.status, reply.body, reply.response.headers, "POST /composite", writes=False)
        if isinstance(error, QuotaExhausted):
            raise error
    return dict(_descriptions(reply.body, set(object_names)))


def _descriptions(body: Any, names: set[str]) -> Iterator[tuple[str, JsonObject]]:
    answers = body.get("compositeResponse") if isinstance(body, dict) else None
    for answer in filter(_is_successful, answers if isinstance(answers, list) else []):
        if answer.get("referenceId") in names:
            yield answer["referenceId"], answer["body"]


def _is_successful(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("httpStatusCode") == 200 and _is_description(answer.get("body"))


def _path(object_name: str) -> str:
    return f"/sobjects/{soql.name(object_name)}/describe"


def _is_description(body: Any) -> bool:
    """Whether a body describes an object: its name, and fields with the types that `parse_describe` reads."""
    if not isinstance(body, dict) or not isinstance(body.get("fields"), list) or not isinstance(body.get("name"), str):
        return False
    return all(isinstance(item, dict) and _is_field(item) for item in body["fields"])


def _is_field(item: dict[str, Any]) -> bool:
    values = item.get("picklistValues")
    numbers = (item.get(name) for name in ("length", "scale", "digits", "precision"))
    return (
        all(isinstance(item.get(name), str) for name in ("name", "type"))
        and all(value is None or (isinstance(value, int) and not isinstance(value, bool)) for value in numbers)
        and (values is None or (isinstance(values, list) and all(map(_is_value, values))))
    )


def _is_value(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("value"), str) and isinstance(item.get("label"), str)
