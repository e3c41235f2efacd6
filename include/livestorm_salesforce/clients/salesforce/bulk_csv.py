"""CSV as the Bulk API 2.0 takes and gives it (Bulk API 2.0 guide: Prepare CSV Files; Get Job Results)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from livestorm_salesforce.clients.salesforce.transport import plain

NULL = "#N/A"  # an empty cell leaves the field alone, this empties it
BLOCK_ROWS = 1_000


class CsvBody:
    """Records as a CSV upload: encoded while it is sent, with its length known before.

    The length matters: a body of unknown length would go out in chunks, which not every proxy lets through. It is
    counted by encoding once without keeping; iterating again (after a 401) starts anew.
    """

    def __init__(self, columns: Sequence[str], records: Sequence[Mapping[str, Any]]) -> None:
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
            text = buffer.getvalue()
            yield text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


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
    return cell(plain(value))


def columns_of(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """All field names, in the order in which they first occur."""
    return list(dict.fromkeys(name for record in records for name in record if name != "attributes"))


def read_rows(stream: Any) -> Iterator[dict[str, str]]:
    """Rows of a CSV answer, read while it arrives. Line breaks inside quoted cells are kept.

    Args:
        stream: a readable binary stream; urllib3's raw response is one.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    yield from csv.DictReader(text)
