"""Finds the rows for which Salesforce rejects a whole call: its parser stops at the first value of a wrong type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from livestorm_salesforce.clients.salesforce.batching import Subrequest
from livestorm_salesforce.clients.salesforce.operations import RowResult

#: The value at which the parser stopped: `Cannot deserialize instance of date from VALUE_STRING value soon or request
#: may be missing a required field at [line:1, column:27]`. The message names no field.
VALUE = re.compile(r" from VALUE_\w+ value (.+?)(?: or request may be missing| at \[line:|$)", re.DOTALL)
PIECES = 5
#: Divisions of calls in one list of requests.
MAX_DIVISIONS = 20


def divide(subrequest: Subrequest, messages: Iterable[str]) -> list[Subrequest]:
    """The rows that hold the value of a message and the others; else several pieces.

    Empty if all rows hold the value in one field only: the call is rejected for each of them.

    Args:
        subrequest: a rejected write of several rows.
        messages: of the rejection.
    """
    rows, fields = subrequest.rows, _fields_with(subrequest, messages)
    named = [row for row in rows if fields[row]]
    if len(named) == len(rows) and len(set().union(*fields.values())) == 1:
        return []
    if 0 < len(named) < len(rows):
        return [subrequest.with_rows(part) for part in (named, [row for row in rows if not fields[row]])]
    step = -(-len(rows) // PIECES)
    return [subrequest.with_rows(rows[start : start + step]) for start in range(0, len(rows), step)]


def not_found(result: RowResult, rows: int) -> RowResult:
    """The result of each of several rows, at least one of which made Salesforce reject their call."""
    return replace(result, message=f"one of {rows:,} rows, which were not sent one by one: {result.message or ''}")


def _fields_with(subrequest: Subrequest, messages: Iterable[str]) -> dict[int, set[str]]:
    """Per row the fields that hold a value of a message; a deletion has ids only."""
    values = {found[1].strip() for message in messages if (found := VALUE.search(message))}
    records: Any = getattr(subrequest.request, "records", None)
    return {row: _holding(records[row], values) if records else set() for row in subrequest.rows}


def _holding(record: Mapping[str, Any], values: set[str]) -> set[str]:
    return {name for name, value in record.items() if value is not None and _as_text(value) in values}


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()
