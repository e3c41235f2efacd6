"""Parsing results of collections calls and records of queries (REST API guide: sObject Collections, Query)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from livestorm_salesforce.clients.salesforce.errors import error_code, error_fields
from livestorm_salesforce.clients.salesforce.operations import Create, Record, RowResult, Update, Upsert, Write

UNKNOWN_ERROR = "UNKNOWN_ERROR"


def parse_row_results(body: Any, expected: int, request: Write) -> list[RowResult] | None:
    """One result per row sent, in the order sent; None if the body is not such a list."""
    if not isinstance(body, list) or len(body) != expected or not all(isinstance(item, dict) for item in body):
        return None
    return [_row_result(item, request) for item in body]


def _row_result(item: dict[str, Any], request: Write) -> RowResult:
    if item.get("success") is True:
        created = item.get("created") is True if isinstance(request, Upsert) else isinstance(request, Create)
        return RowResult(True, id=item.get("id"), created=created)
    return rejected_row([error for error in item.get("errors") or [item] if isinstance(error, dict)])


def rejected_row(entries: Sequence[dict[str, Any]]) -> RowResult:
    """The result of a rejected row, from its error entries."""
    return merge_errors([_entry_result(entry) for entry in entries] or [_entry_result({})])


def merge_errors(results: Sequence[RowResult]) -> RowResult:
    """The first error with the fields of all errors of the same code: Salesforce may list an entry per field."""
    first = results[0]
    fields = dict.fromkeys(name for one in results if one.code == first.code for name in one.fields)
    return replace(first, fields=tuple(fields))


def _entry_result(entry: dict[str, Any]) -> RowResult:
    """One error entry. A blocking duplicate rule adds details under `duplicateResut`: Salesforce misspells the key, and
    both spellings are read."""
    duplicate = entry.get("duplicateResut") or entry.get("duplicateResult")
    code = error_code(entry) or ("DUPLICATES_DETECTED" if duplicate else UNKNOWN_ERROR)
    message = entry.get("message") or (duplicate or {}).get("errorMessage")
    return RowResult(False, code=code, message=str(message or ""), fields=error_fields(entry))


def strip_attributes(record: dict[str, Any]) -> dict[str, Any]:
    """A record without `attributes` (type and address), also in the parents it contains."""
    return {
        key: strip_attributes(value) if isinstance(value, dict) else value
        for key, value in record.items()
        if key != "attributes"
    }


def collection_record(record: Record, request: Create | Update | Upsert) -> dict[str, Any]:
    """A record in the form of collections: its type under `attributes`, the id of an update under `id`.

    Raises:
        ValueError: an update without id.
    """
    fields = {key: value for key, value in record.items() if key != "attributes"}
    if isinstance(request, Update):
        record_id = fields.pop("Id", None) or fields.pop("id", None)
        if not record_id:
            raise ValueError(f"an update of {request.object} needs the record's Id")
        fields = {"id": record_id, **fields}
    return {"attributes": {"type": request.object}, **fields}
