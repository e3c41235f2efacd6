"""CSV in the format of the Bulk API 2.0 (Bulk API 2.0 guide: Prepare CSV Files; Get Job Results)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from livestorm_salesforce.clients.salesforce.encoding import json_default, utf8
from livestorm_salesforce.clients.salesforce.operations import Record

NULL = "#N/A"  # an empty cell leaves the field unchanged, this value empties it
BLOCK_ROWS = 1_000


class CsvBody:
    """Records as a CSV upload: encoded while it is sent, with its length known before.

    A body of unknown length would use chunked transfer encoding, which some proxies reject. The length is counted by
    encoding once without keeping the result. Iterating again (after a 401) starts from the beginning.
    """

    def __init__(self, columns: Sequence[str], records: Sequence[Record]) -> None:
        self._columns, self._records = columns, records
        self._length = sum(len(block) for block in self)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._records), BLOCK_ROWS):
            buffer = io.StringIO(newline="")
            writer = csv.writer(buffer, lineterminator="\n")
            if start == 0:
                writer.writerow(self._columns)
            for record in self._records[start : start + BLOCK_ROWS]:
                writer.writerow([cell(record[name]) if name in record else "" for name in self._columns])
            yield utf8(buffer.getvalue())


def cell(value: Any) -> str:
    """A value as text. None and the empty text empty the field, as they do in JSON."""
    if value is None or value == "":
        return NULL
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    return cell(json_default(value))


def columns_of(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """All field names, in the order in which they first occur."""
    return list(dict.fromkeys(name for record in records for name in record if name != "attributes"))


def read_rows(stream: IO[bytes]) -> Iterator[dict[str, str]]:
    """Rows of a CSV response, parsed while it arrives. Line breaks inside quoted cells are kept."""
    yield from csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
