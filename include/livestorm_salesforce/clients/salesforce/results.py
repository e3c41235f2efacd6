"""Parsing results of collections calls and records of queries (REST API guide: sObject Collections, Query).

An answer that lacks what Salesforce documents, or has another type, is never completed by a guess: a missing value
would look like an empty one, and lead to a write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from livestorm_salesforce.clients.salesforce.errors import error_code, error_fields
from livestorm_salesforce.clients.salesforce.operations import (
    Create,
    Record,
    RowResult,
    Update,
    Upsert,
    Write,
    code_of,
)
from livestorm_salesforce.clients.salesforce.soql import Query
from livestorm_salesforce.errors import ContractError

UNKNOWN_ERROR = "UNKNOWN_ERROR"
RECORD_ID = re.compile(r"\S+")


def parse_row_results(body: Any, expected: int, request: Write) -> list[RowResult] | None:
    """One result per row sent, in the order sent; None if the body is not such a list."""
    if not isinstance(body, list) or len(body) != expected or not all(_is_row_result(item, request) for item in body):
        return None
    return [_row_result(item, request) for item in body]


def _is_row_result(item: Any, request: Write) -> bool:
    """Whether an item tells if its row was written, and the id of a new record."""
    if not isinstance(item, dict):
        return False
    if item.get("success") is True:
        makes_record = isinstance(request, Create) or item.get("created") is True
        return not makes_record or is_record_id(item.get("id"))
    return item.get("success") is False or error_code(item) is not None


def is_record_id(value: Any) -> bool:
    """Whether a value may be a record id: Salesforce itself rejects one of another form."""
    return isinstance(value, str) and RECORD_ID.fullmatch(value) is not None


def check_records(records: Sequence[Any], query: Query) -> None:
    """Check that each record has an id and a plain value in each field of its query.

    Raises:
        ContractError: it has not.
    """
    for problem in _defects(records, [name for name in query.fields if "." not in name and "(" not in name]):
        raise ContractError(f"Salesforce answered a query of {query.object} {problem}.")


def _defects(records: Sequence[Any], names: Sequence[str]) -> Iterator[str]:
    for record in records:
        if not isinstance(record, dict):
            yield "with a record that is not an object"
        elif absent := [name for name in names if name not in record]:
            yield f"without the field {absent[0]}"
        elif compound := [name for name in names if isinstance(record[name], dict | list)]:
            yield f"with a value of another type in {compound[0]}"
        elif "Id" in names and not is_record_id(record["Id"]):
            yield "with a record without id"


def _row_result(item: dict[str, Any], request: Write) -> RowResult:
    if item.get("success") is True:
        created = item.get("created") is True if isinstance(request, Upsert) else isinstance(request, Create)
        return RowResult(True, id=item.get("id"), created=created)
    errors = item.get("errors")
    entries = errors if isinstance(errors, list) and errors else [item]
    return rejected_row([error for error in entries if isinstance(error, dict)])


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
    details = duplicate if isinstance(duplicate, dict) else {}
    message = str(entry.get("message") or details.get("errorMessage") or "").replace("\0", "")
    return RowResult(False, code=code_of(code, message), message=message, fields=error_fields(entry))


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
