"""Finds the rows for which Salesforce rejects a whole call: its parser stops at the first value of a wrong type."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from livestorm_salesforce.clients.salesforce.batching import Subrequest
from livestorm_salesforce.clients.salesforce.operations import RowResult
from livestorm_salesforce.clients.salesforce.results import rejected_row

#: The value at which the parser stopped: `Cannot deserialize instance of date from VALUE_STRING value soon or request
#: may be missing a required field at [line:1, column:27]`. The message names no field.
VALUE = re.compile(r" from VALUE_\w+ value (.+?)(?: or request may be missing| at \[line:|$)", re.DOTALL)
PIECES = 5
#: Divisions of calls in one list of requests.
MAX_DIVISIONS = 20


class RowIsolation:
    """Divides the rejected calls of one list of requests, at most `MAX_DIVISIONS` times.

    Afterwards the fields that held a rejected value tell which of the other rows may be sent: the type of a field was
    changed, so most of its values are rejected.
    """

    def __init__(self) -> None:
        self._left = MAX_DIVISIONS
        self._fields: dict[str, set[str]] = defaultdict(set)

    def isolate(
        self, subrequest: Subrequest, entries: Sequence[dict[str, Any]]
    ) -> tuple[list[Subrequest], dict[int, RowResult]]:
        """The pieces of a rejected write to send again, and the results of its other rows.

        Args:
            entries: errors of the call.
        """
        rows, result = subrequest.rows, rejected_row(entries)
        holding = _fields_with(subrequest, [str(entry.get("message")) for entry in entries])
        self._fields[subrequest.object_name] |= _certain(holding.values())
        if len(rows) > 1 and self._left > 0:
            self._left -= 1
            if pieces := _divide(subrequest, holding):
                return pieces, {}
        elif len(rows) > 1:
            return self._without_divisions(subrequest, result)
        return [], {row: replace(result, fields=result.fields or tuple(_certain([holding[row]]))) for row in rows}

    def _without_divisions(
        self, subrequest: Subrequest, result: RowResult
    ) -> tuple[list[Subrequest], dict[int, RowResult]]:
        """Rows without a value in any of the known fields are sent again."""
        fields, records = self._fields[subrequest.object_name], _records(subrequest)
        suspects = {
            row: tuple(sorted(name for name in fields if records[row].get(name) is not None)) for row in subrequest.rows
        }
        others = [row for row in subrequest.rows if not suspects[row]]
        again = [subrequest.with_rows(others)] if 0 < len(others) < len(subrequest.rows) else []
        rejected = [row for row in subrequest.rows if suspects[row] or not again]
        text = f"one of {len(rejected)} rows, which were not sent one by one: {result.message or ''}"
        return again, {row: replace(result, message=text, fields=suspects[row]) for row in rejected}


def _divide(subrequest: Subrequest, holding: Mapping[int, set[str]]) -> list[Subrequest]:
    """The rows that hold the rejected value and the others; else several pieces.

    Empty if all rows hold the value in one field only: the call is rejected for each of them.
    """
    rows = subrequest.rows
    named = [row for row in rows if holding[row]]
    if len(named) == len(rows) and len(set().union(*holding.values())) == 1:
        return []
    if 0 < len(named) < len(rows):
        return [subrequest.with_rows(part) for part in (named, [row for row in rows if not holding[row]])]
    step = -(-len(rows) // PIECES)
    return [subrequest.with_rows(rows[start : start + step]) for start in range(0, len(rows), step)]


def _certain(holding: Iterable[set[str]]) -> set[str]:
    """The fields that hold the rejected value where no other field of the row does."""
    return set().union(*(names for names in holding if len(names) == 1))


def _fields_with(subrequest: Subrequest, messages: Iterable[str]) -> dict[int, set[str]]:
    """Per row the fields that hold a value of a message; a deletion has ids only."""
    values = {found[1].strip() for message in messages if (found := VALUE.search(message))}
    records = _records(subrequest)
    return {row: _holding(records[row], values) for row in subrequest.rows}


def _records(subrequest: Subrequest) -> Mapping[int, Mapping[str, Any]]:
    """The record of each row; a deletion has none."""
    records: Any = getattr(subrequest.request, "records", None)
    return {row: records[row] if records else {} for row in subrequest.rows}


def _holding(record: Mapping[str, Any], values: set[str]) -> set[str]:
    return {name for name, value in record.items() if value is not None and _as_text(value) in values}


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()
