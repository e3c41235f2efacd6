"""Describes of several objects with one call: a composite request counts once, and admits all sObject resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from livestorm_salesforce.clients.salesforce import soql
from livestorm_salesforce.clients.salesforce.errors import error_for
from livestorm_salesforce.clients.salesforce.transport import Reply, Transport, body_of
from livestorm_salesforce.errors import ContractError, QuotaExhausted, SyncError, TransientError

#: What a gateway may answer that admits less than Salesforce: nothing is known of the objects then.
NOT_ADMITTED = (400, 403, 404, 405, 413)


def path_of(object_name: str) -> str:
    """Address of an object's describe below `/services/data/vXX.X`."""
    return f"/sobjects/{soql.name(object_name)}/describe"


def is_description(body: Any) -> bool:
    """Whether an answer is an object's description."""
    return isinstance(body, dict) and isinstance(body.get("fields"), list)


def together(transport: Transport, object_names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Descriptions by object, of those that one composite request told (REST API guide: Composite).

    The others, hidden ones and all where the request is not admitted, are to be asked for by themselves: that answer
    says what is wrong.

    Raises:
        ConfigError: the login is refused. QuotaExhausted: the org's calls are used up.
    """
    asked = [{"method": "GET", "url": f"{transport.root}{path_of(name)}", "referenceId": name} for name in object_names]
    options = body_of({"allOrNone": False, "compositeRequest": asked})
    try:
        reply = transport.call("POST", "/composite", bare=NOT_ADMITTED, **options)
    except (ContractError, TransientError):
        return {}
    if isinstance(error := _error_of(reply), QuotaExhausted):
        raise error
    return dict(_told(reply.body, set(object_names)))


def _error_of(reply: Reply) -> SyncError | None:
    if reply.status < 300:
        return None
    return error_for(reply.status, reply.body, reply.response.headers, "POST /composite", writes=False)


def _told(body: Any, names: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    parts = body.get("compositeResponse") if isinstance(body, dict) else None
    for part in filter(_is_answer, parts if isinstance(parts, list) else []):
        if part.get("referenceId") in names:
            yield part["referenceId"], part["body"]


def _is_answer(part: Any) -> bool:
    return isinstance(part, dict) and part.get("httpStatusCode") == 200 and is_description(part.get("body"))
