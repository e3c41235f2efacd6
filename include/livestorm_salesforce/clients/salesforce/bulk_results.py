"""Matching the result lines of a bulk job to its rows: their order is undefined, but they repeat the columns sent."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from livestorm_salesforce.clients.salesforce.bulk_csv import NULL, cell, columns_of
from livestorm_salesforce.clients.salesforce.errors import CODE
from livestorm_salesforce.clients.salesforce.operations import UNPROCESSED, Record, RowResult, code_of
from livestorm_salesforce.clients.salesforce.results import is_record_id, merge_errors
from livestorm_salesforce.errors import ContractError, OutcomeUnknown

_ERROR = re.compile(r"(?P<code>[A-Za-z0-9_]+):(?P<message>.*):(?P<fields>[^:]*?)(?:--)?", re.DOTALL)
_SEPARATOR = re.compile(rf"--\s*(?={CODE.pattern}:)")
Key = tuple[str, ...]


class ResultMatcher:
    """Collects the results of a job row by row. Rows with equal columns are matched in the order they were sent.

    Args:
        match_on: columns that identify a row; all columns if empty.
    """

    def __init__(self, records: Sequence[Record], match_on: Sequence[str], operation: str) -> None:
        self._columns = tuple(match_on) or tuple(columns_of(records))
        self._operation = operation
        self._records = records
        self._results: list[RowResult | None] = [None] * len(records)
        self._waiting: dict[Key, deque[int]] = defaultdict(deque)
        for number, record in enumerate(records):
            sent = {name: cell(record[name]) for name in self._columns if name in record}
            self._waiting[self._key(sent)].append(number)

    @property
    def open_rows(self) -> int:
        """Rows without a result."""
        return sum(len(queue) for queue in self._waiting.values())

    @property
    def any_processed(self) -> bool:
        """True if Salesforce accepted or rejected at least one row."""
        return any(result is not None and result.code != UNPROCESSED for result in self._results)

    def add_failed(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Rows of `failedResults`: `sf__Error` reads `CODE:message:fields--`."""
        for row in rows:
            self._settle(row, failed_row(row.get("sf__Error") or ""))

    def add_unprocessed(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Rows of `unprocessedrecords`: the job ended before them."""
        for row in rows:
            self._settle(row, RowResult(False, code=UNPROCESSED, message="The bulk job ended before this row."))

    def add_successful(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Rows of `successfulResults`, with the record's id and whether it was created."""
        for row in rows:
            created = self._operation == "insert" or (row.get("sf__Created") or "").lower() == "true"
            if created and not is_record_id(row.get("sf__Id")):
                raise OutcomeUnknown("Salesforce listed a row of a bulk job as written, without its id.")
            self._settle(row, RowResult(True, id=row.get("sf__Id") or None, created=created))

    def mark_remaining_successful(self) -> None:
        """Mark all rows without a result as written. The rows of an update contain their ids, so no list is needed."""
        for queue in self._waiting.values():
            while queue:
                number = queue.popleft()
                self._results[number] = RowResult(True, id=str(self._records[number].get("Id") or "") or None)

    def results(self) -> list[RowResult]:
        """All results in the order of the rows.

        Raises:
            OutcomeUnknown: some rows have no result.
        """
        if self.open_rows:
            raise OutcomeUnknown(
                f"Salesforce gave no result for {self.open_rows:,} of {len(self._records):,} bulk rows."
            )
        return [result for result in self._results if result is not None]

    def _settle(self, row: Mapping[str, str], result: RowResult) -> None:
        queue = self._waiting.get(self._key(row))
        if not queue:
            raise ContractError(
                f"A bulk result cannot be matched to a row by {', '.join(self._columns)}.",
                remedy="report it: Salesforce returned other values than were sent",
            )
        self._results[queue.popleft()] = result

    def _key(self, row: Mapping[str, Any]) -> Key:
        """The identity of a row. Salesforce's CSV reader may change line ends and outer spaces."""
        by_lower = {name.lower(): value for name, value in row.items() if name}
        return tuple(_normalize(by_lower.get(name.lower())) for name in self._columns)


def _normalize(value: str | None) -> str:
    text = "" if value is None or value == NULL else value
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def failed_row(error: str) -> RowResult:
    """The result of a rejected row from its `sf__Error` cell, which contains one or several errors."""
    texts = _SEPARATOR.split(error.strip())
    errors = [found for text in texts if (found := _one_error(text))]
    if len(errors) == len(texts):
        return merge_errors(errors)
    return _one_error(error.strip()) or RowResult(False, code="UNKNOWN_ERROR", message=error)


def _one_error(text: str) -> RowResult | None:
    match = _ERROR.fullmatch(text)
    if not match or not CODE.fullmatch(match["code"]):
        return None
    fields = tuple(re.findall(r"[A-Za-z]\w*", match["fields"]))
    return RowResult(False, code=code_of(match["code"], match["message"]), message=match["message"], fields=fields)
