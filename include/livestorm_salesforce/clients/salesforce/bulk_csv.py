"""CSV in the format of the Bulk API 2.0 (Bulk API 2.0 guide: Prepare CSV Files; Get Job Results)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, cast

from livestorm_salesforce.clients.salesforce.encoding import json_default, utf8
from livestorm_salesforce.clients.salesforce.operations import Record
from livestorm_salesforce.errors import ContractError

NULL = "#N/A"  # an empty cell leaves the field unchanged, this value empties it
BLOCK_ROWS = 1_000
#: Bytes of a line of a response; a row has at most 400,000 characters (Bulk API 2.0 guide: limits).
MAX_LINE = 16 * 1024**2


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


class _LimitedLines(io.BufferedIOBase):
    """A stream whose lines are limited: a compressed response may expand to one line that needs all memory.

    Raises (while reading):
        ContractError: a line of more than `MAX_LINE` bytes.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._length = stream, 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        chunk = self._stream.read(size if size > 0 else io.DEFAULT_BUFFER_SIZE)
        _, ending, line = chunk.rpartition(b"\n")
        self._length = len(line) + (0 if ending else self._length)
        if self._length > MAX_LINE:
            raise ContractError(f"Salesforce answered with a line of more than {MAX_LINE // 1024**2} MiB.")
        return chunk


def read_rows(stream: IO[bytes]) -> Iterator[dict[str, str]]:
    """Rows of a CSV response, parsed while it arrives. Line breaks inside quoted cells are kept.

    Raises:
        ContractError: the response is no CSV, or has a very long line.
    """
    try:
        yield from csv.DictReader(
            io.TextIOWrapper(cast("Any", _LimitedLines(stream)), encoding="utf-8-sig", newline="")
        )
    except csv.Error:
        raise ContractError("Salesforce answered with text that is not CSV.") from None
