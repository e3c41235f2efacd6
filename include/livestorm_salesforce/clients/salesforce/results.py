"""Results of collections calls and records of queries, unpacked (REST API guide: sObject Collections, Query)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from livestorm_salesforce.clients.salesforce.errors import code_of, fields_of
from livestorm_salesforce.clients.salesforce.operations import Create, RowResult, Update, Upsert, Write

UNNAMED = "UNKNOWN_ERROR"


def row_results(body: Any, expected: int, request: Write) -> list[RowResult] | None:
    """One result per row sent, in the order sent; None if the body is not such a list."""
    if not isinstance(body, list) or len(body) != expected or not all(isinstance(item, dict) for item in body):
        return None
    return [_row_result(item, request) for item in body]


def _row_result(item: dict[str, Any], request: Write) -> RowResult:
    if item.get("success") is True:
        created = item.get("created") is True if isinstance(request, Upsert) else isinstance(request, Create)
        return RowResult(True, id=item.get("id"), created=created)
    return refused([error for error in item.get("errors") or [item] if isinstance(error, dict)])


def refused(entries: Sequence[dict[str, Any]]) -> RowResult:
    """A row that Salesforce did not take, from its error entries.

    Salesforce may list an entry for each field that it refuses: all of the first one's kind blame their fields.
    """
    results = [_refused_by(entry) for entry in entries] or [_refused_by({})]
    return merged(results)


def merged(results: Sequence[RowResult]) -> RowResult:
    """The first refusal, with the fields of all refusals of its kind."""
    first = results[0]
    fields = dict.fromkeys(name for one in results if one.code == first.code for name in one.fields)
    return replace(first, fields=tuple(fields))


def _refused_by(entry: dict[str, Any]) -> RowResult:
    """One error entry. A duplicate rule's block says more under `duplicateResut`: the key really is misspelt, and both
    spellings are read."""
    duplicate = entry.get("duplicateResut") or entry.get("duplicateResult")
    code = code_of(entry) or ("DUPLICATES_DETECTED" if duplicate else UNNAMED)
    message = entry.get("message") or (duplicate or {}).get("errorMessage")
    return RowResult(False, code=code, message=str(message or ""), fields=fields_of(entry))


def without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """A record without the `attributes` that name its type and address, also in the parents it holds."""
    return {
        key: without_attributes(value) if isinstance(value, dict) else value
        for key, value in record.items()
        if key != "attributes"
    }


def sent_record(record: Any, request: Create | Update | Upsert) -> dict[str, Any]:
    """A record as collections want it: its type under `attributes`, the id of an update under `id`."""
    fields = {key: value for key, value in record.items() if key != "attributes"}
    if isinstance(request, Update):
        identity = fields.pop("Id", None) or fields.pop("id", None)
        if not identity:
            raise ValueError(f"an update of {request.object} needs the record's Id")
        fields = {"id": identity, **fields}
    return {"attributes": {"type": request.object}, **fields}
