"""Send rows by collections or bulk jobs and collect one result per row. Rows are sent again without rejected values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Delete, RowResult, SalesforceClient, Upsert, Write
from livestorm_salesforce.domain.plan import rejected_fields, shortening
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.runs.progress import Progress

RESULT_COLUMNS = ["change_id", "outcome", "record_id", "code", "message", "dropped", "fields", "shortened"]
STATUS_RESULTS = ["campaign_id", "source_key", "action", "outcome", "code", "message"]
#: How often one value is cut before its row is refused.
CUTS = 3

Record = dict[str, Any]


@dataclass
class RowResults:
    """The row results received so far; they survive an error in the middle of a load.

    Attributes:
        divisible: returns the fields per object whose values may be cut; called when a value is too long.
        dropped, shortened: per change, the fields that were left out, and the lengths of values that were cut.
        codes: of all rejections, also of rows that were accepted without the rejected value.
        progress: counts rows with a result for the log.
    """

    divisible: Callable[[], Mapping[str, Collection[str]]] = dict
    results: dict[int, RowResult] = field(default_factory=dict)
    dropped: dict[int, list[str]] = field(default_factory=dict)
    shortened: dict[int, dict[str, int]] = field(default_factory=dict)
    outcomes: dict[int, RowOutcome] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    progress: Progress | None = None
    _cuts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(self, change_id: int, record: Record, result: RowResult) -> None:
        """Store the result of a row; one that follows from dropped fields does not replace the first rejection."""
        fields = result.fields or ()
        self.codes |= {result.code} if result.code else set()
        if rejected_fields.is_consequence_of_drop(result.code, fields, self.dropped.get(change_id, ())):
            return
        self.results[change_id] = result
        self.outcomes[change_id] = rejected_fields.row_outcome(result.success, result.code, fields, record)

    def without_rejected(self, change_id: int, record: Record, sobject: str, key: str | None) -> Record | None:
        """The record without its rejected values, which are recorded; None if it need not be sent again.

        Args:
            key: external id field by which the record is upserted; it is never left out.
        """
        if self.results[change_id].success:
            return None
        shorter = self._acceptable(change_id, record, sobject, key)
        if shorter is not None and set(shorter) == {"Id"}:  # an update of nothing would start the org's automation
            self.add(change_id, shorter, RowResult(True, id=shorter["Id"]))
            return None
        return shorter

    def _acceptable(self, change_id: int, record: Record, sobject: str, key: str | None) -> Record | None:
        result = self.results[change_id]
        if result.code == shortening.TOO_LONG:
            return self._shorten(change_id, record, self.divisible().get(sobject, ()), key)
        names = rejected_fields.rejected_fields(result.code, result.message, result.fields or (), record)
        if not names or key in names or len(names) >= len(record):
            return None
        self.dropped[change_id] = [*self.dropped.get(change_id, []), *names]
        return {name: value for name, value in record.items() if name not in names}

    def _shorten(self, change_id: int, record: Record, divisible: Collection[str], key: str | None) -> Record | None:
        result = self.results[change_id]
        shorter = shortening.shorten(record, result.message or "", result.fields or (), divisible)
        cuts = [(change_id, name) for name in (shorter.lengths if shorter else ())]
        if shorter is None or key in shorter.dropped or any(self._cuts[one] >= CUTS for one in cuts):
            return None
        self._cuts.update(cuts)
        self.shortened[change_id] = self.shortened.get(change_id, {}) | shorter.lengths
        self.dropped[change_id] = [*self.dropped.get(change_id, []), *shorter.dropped]
        return shorter.record

    @property
    def refused(self) -> bool:
        """Whether a row was not written."""
        return any(outcome != RowOutcome.DONE for outcome in self.outcomes.values())

    def frame(self, change_ids: Iterable[int] | None = None) -> pd.DataFrame:
        """One row per change, of all or of `change_ids`: columns `RESULT_COLUMNS`."""
        return results_frame(
            [
                (
                    change,
                    self.outcomes[change],
                    self.results[change],
                    self.dropped.get(change, []),
                    self.shortened.get(change, {}),
                )
                for change in (self.results if change_ids is None else change_ids)
            ]
        )


@dataclass(frozen=True)
class Group:
    """Rows that are written by requests of one kind.

    Attributes:
        request: makes the request from records.
        rows: change id and record.
        match_on: columns that identify a new record when a bulk job returns its results in another order.
    """

    request: Callable[[list[Record]], Write]
    rows: list[tuple[int, Record]]
    match_on: tuple[str, ...] = ()

    def to_request(self) -> Write:
        return self.request([record for _, record in self.rows])


def send_groups(client: SalesforceClient, groups: list[Group], row_results: RowResults) -> pd.DataFrame:
    """Write the rows of all groups; rows of which only values are rejected are written again without them.

    Salesforce may reject the values of a row one at a time: a row is sent again while a value of it can be left out, or
    cut once more.

    Args:
        row_results: receives the result of each row as soon as it is final.

    Returns:
        one row per change of the groups, as `RowResults.frame`.
    """
    _write(client, groups, row_results)
    repeated = groups
    while any(group.rows for group in repeated):
        repeated = [_without_rejected(group, row_results) for group in repeated]
        _write(client, repeated, row_results)
    return row_results.frame(change for group in groups for change, _ in group.rows)


def result_collector(groups: list[Group], row_results: RowResults) -> Callable[[int, dict[int, RowResult]], None]:
    """A callback for the client that adds the results of requests made from `groups` to `row_results`."""

    def collect(request: int, results: dict[int, RowResult]) -> None:
        before = len(row_results.results)
        for row, result in results.items():
            row_results.add(*groups[request].rows[row], result)
        if row_results.progress:
            row_results.progress.add(len(row_results.results) - before)

    return collect


def results_frame(rows: list[tuple[int, RowOutcome, RowResult, list[str], dict[str, int]]]) -> pd.DataFrame:
    """Change id, outcome, result, dropped and shortened fields as a frame with the columns `RESULT_COLUMNS`."""
    values = [
        (change, outcome, result.id, result.code, result.message, _joined(dropped), _joined(result.fields),
         shortening.lengths_text(lengths))
        for change, outcome, result, dropped, lengths in rows
    ]  # fmt: skip
    return as_results(pd.DataFrame(values, columns=RESULT_COLUMNS))


def as_results(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the columns and types of `results_frame`; missing columns are empty."""
    return rows.reindex(columns=RESULT_COLUMNS).astype(
        {"change_id": "int64"} | dict.fromkeys(RESULT_COLUMNS[1:], "str")
    )


def statuses_frame(rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """The result of each status that was sent (none by default): columns `STATUS_RESULTS`, all text."""
    return pd.DataFrame(rows, columns=STATUS_RESULTS).astype("str")


def _write(client: SalesforceClient, groups: list[Group], row_results: RowResults) -> None:
    """Small groups share calls; a large group is a bulk job."""
    small = [group for group in groups if group.rows and not client.uses_bulk(len(group.rows))]
    if small:
        client.execute([group.to_request() for group in small], on_rows=result_collector(small, row_results))
    for group in groups:
        if client.uses_bulk(len(group.rows)):
            collect = result_collector([group], row_results)
            client.write(group.to_request(), match_on=group.match_on, on_rows=collect)


def _without_rejected(group: Group, row_results: RowResults) -> Group:
    sobject = "" if isinstance(empty := group.request([]), Delete) else empty.object
    key = empty.external_id_field if isinstance(empty, Upsert) else None
    repeated = ((change, row_results.without_rejected(change, record, sobject, key)) for change, record in group.rows)
    return replace(group, rows=[(change, record) for change, record in repeated if record is not None])


def _joined(names: Iterable[str]) -> str | None:
    return " ".join(names) or None
