"""Executing reads and small writes: retries, division of long queries, locked rows, rejected calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from livestorm_salesforce.clients.retry import is_retryable, retry_while, wait_before_retry
from livestorm_salesforce.clients.salesforce.batching import (
    COLLECTION_ROWS,
    Subrequest,
    fit_front,
    next_groups,
    split_requests,
    split_rows,
)
from livestorm_salesforce.clients.salesforce.call_rejections import RowIsolation
from livestorm_salesforce.clients.salesforce.composite import CURSOR_REJECTED, TOO_LARGE, Answer, CompositeSender
from livestorm_salesforce.clients.salesforce.errors import error_code, error_entries, error_for
from livestorm_salesforce.clients.salesforce.operations import ROW_LOCKED, Request, RowResult, rows_of
from livestorm_salesforce.clients.salesforce.results import parse_row_results, rejected_row
from livestorm_salesforce.clients.salesforce.soql import Query
from livestorm_salesforce.clients.salesforce.transaction_errors import (
    is_limit_of_call,
    may_concern_transaction,
    rows_of_failed_transaction,
)
from livestorm_salesforce.clients.salesforce.transaction_sizes import TransactionSizes
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.clients.salesforce.write_options import WriteOptions
from livestorm_salesforce.errors import ContractError, OutcomeUnknown, SyncError, TransientError

#: Seconds before rows that met a lock are sent again. Salesforce itself waits 10 s for a lock before it rejects a row.
LOCK_WAITS = (1.0, 2.0, 4.0, 8.0)

OnRows = Callable[[int, dict[int, RowResult]], None]
OnRecords = Callable[[int, list[dict[str, Any]]], None]


class Executor:
    """Executes one list of requests.

    Args:
        options: options of writes.
        sizes: rows per transaction; failures and successes are recorded.
        on_rows: called with row results as they become final, so that a later error loses none.
        on_records: called with the records of each statement after its last page, instead of collecting them.
    """

    def __init__(
        self,
        transport: Transport,
        options: WriteOptions,
        sizes: TransactionSizes,
        on_rows: OnRows | None = None,
        on_records: OnRecords | None = None,
    ) -> None:
        self._clock, self._options, self._sizes = transport.clock, options, sizes
        self._sender = CompositeSender(transport, options)
        self._on_rows, self._on_records = on_rows, on_records or self._collect
        self._locked: dict[int, dict[int, RowResult]] = {}
        self._isolation = RowIsolation()
        self._standalone_tried = False

    def run(self, requests: Sequence[Request]) -> list[list[Any]]:
        """Send all, in order; one list per request: records of a query, results of a write's rows.

        A query after a write reads what the write left: it is read again where rows had to be sent again.
        """
        self._requests = requests
        self._results: list[list[Any]] = [
            [] if isinstance(item, Query) else [None] * len(rows_of(item)) for item in requests
        ]
        self._record_ids: list[set[Any]] = [set() for _ in requests]
        self._answered: set[int] = set()
        queue = deque(split_requests(requests))

        rounds = count(1)

        def send_queue() -> bool:
            self._locked = {}
            self._drain(queue)
            most = max(1, COLLECTION_ROWS >> next(rounds))  # a smaller transaction holds fewer locks, and for less time
            for index, rows in self._locked.items():
                queue.extend(split_rows(index, requests[index], sorted(rows), most))
            queue.extend(self._outdated_queries(queue))
            return bool(queue)

        try:
            retry_while(send_queue, LOCK_WAITS, clock=self._clock)
        finally:
            self._sizes.save()
        for index, rows in self._locked.items():
            self._settle(index, rows)
        return self._results

    def _drain(self, queue: deque[Subrequest]) -> None:
        """Send the queue group by group; a subrequest that must be sent again goes back to the front."""
        parallel = True
        while queue:
            again: list[Subrequest] = []
            failures: list[SyncError] = []
            fit_front(queue, self._sizes)
            for answer in self._answers(next_groups(queue, self._options, parallel=parallel)):
                try:
                    again += self._process(answer)
                except SyncError as error:
                    failures.append(error)
            if failures:
                raise failures[0]
            again += self._outdated_queries(again)
            queue.extendleft(reversed(again))
            parallel = parallel and not again  # what made one query fail may concern the others, too

    def _answers(self, groups: Sequence[Sequence[Subrequest]]) -> Iterator[Answer]:
        """The answers to these groups; a lost response to a write is recorded."""
        try:
            yield from self._sender.send_all(groups)
        except OutcomeUnknown:
            rows: dict[str, int] = {}
            for one in (one for group in groups for one in group if one.writes):
                rows[one.object_name] = max(rows.get(one.object_name, 0), len(one.rows))
            for name, most in rows.items():
                self._sizes.record_lost_response(name, most)
            raise

    def _outdated_queries(self, again: Collection[Subrequest]) -> list[Subrequest]:
        """The answered queries that come after a write that is sent again; their records are dropped."""
        first = min((one.request_index for one in again if one.writes), default=len(self._requests))
        outdated = {index for index in self._answered if index > first}
        if not outdated:  # the usual case: the texts of long queries are not made again
            return []
        self._answered -= outdated
        for index in outdated:
            self._results[index], self._record_ids[index] = [], set()
        return [one for one in split_requests(self._requests) if one.request_index in outdated]

    def _process(self, answer: Answer) -> list[Subrequest]:
        """Store the content of an answer; return the subrequests to send again."""
        subrequest = answer.subrequest
        if not 200 <= answer.status < 300:
            return self._rejected(answer)
        if isinstance(subrequest.request, Query):
            return self._read_records(answer)
        results = parse_row_results(answer.body, len(subrequest.rows), subrequest.request)
        if results is None:
            raise OutcomeUnknown(
                f"Salesforce answered {subrequest.method} {subrequest.endpoint} without one result per row."
            )
        by_row = dict(zip(subrequest.rows, results, strict=True))
        divided = self._failed_together(subrequest, by_row)
        if locked := {row: result for row, result in by_row.items() if result.code == ROW_LOCKED}:
            self._locked.setdefault(subrequest.request_index, {}).update(locked)
        final = by_row.keys() - locked.keys() - set(divided)
        self._settle(subrequest.request_index, {row: one for row, one in by_row.items() if row in final})
        return subrequest.with_rows(divided).row_halves()

    def _failed_together(self, subrequest: Subrequest, results: Mapping[int, RowResult]) -> list[int]:
        """The rows to send again in smaller transactions: their transaction failed, and none of them was written."""
        name, sizes = subrequest.object_name, self._sizes
        if written := sum(result.success for result in results.values()):
            sizes.record_success(name, written)
        if len(results) == 1:
            if any(map(may_concern_transaction, results.values())):
                sizes.record_failure(name, 1)
            return []
        rows = rows_of_failed_transaction(results)
        if rows:
            sizes.record_failure(name, len(results))
        return [] if sizes.fails_at_any_size(name) else rows

    def _settle(self, index: int, rows: Mapping[int, RowResult]) -> None:
        """Store final row results and report them."""
        for row, result in rows.items():
            self._results[index][row] = result
        if rows and self._on_rows:
            self._on_rows(index, dict(rows))

    def _read_records(self, answer: Answer) -> list[Subrequest]:
        """Read all pages. A number of records other than `totalSize` means that the query must be read again."""
        subrequest = answer.subrequest
        records, last = self._sender.read_pages(answer)
        if last.status in CURSOR_REJECTED:
            return self._rejected(last)
        total = answer.body.get("totalSize")
        if len(records) != total:
            message = f"A query announced {total} records and returned {len(records)}."
            return [self._retry_later(subrequest, TransientError(message, remedy="none if the retry succeeds"))]
        self._answered.add(subrequest.request_index)
        self._on_records(subrequest.request_index, records)
        return []

    def _collect(self, index: int, records: list[dict[str, Any]]) -> None:
        """Add the records that no other statement of the same query has found."""
        known = self._record_ids[index]
        self._results[index] += [record for record in records if record.get("Id") not in known]
        known.update({record.get("Id") for record in records} - {None})

    def _rejected(self, answer: Answer) -> list[Subrequest]:
        """A subrequest rejected as a whole: retry it, divide it, or find the row that causes the rejection."""
        subrequest, status = answer.subrequest, answer.status
        endpoint = f"{subrequest.method} {subrequest.endpoint}"
        if subrequest.writes and is_limit_of_call(str(entry.get("message")) for entry in error_entries(answer.body)):
            return self._over_limit(answer)
        error = error_for(status, answer.body, {}, endpoint, writes=subrequest.writes)
        code = error_code(next(iter(error_entries(answer.body)), {}))
        if is_retryable(error):
            again = self._retry_later(subrequest, error)
            return (again.halves() if code == "QUERY_TIMEOUT" and subrequest.attempts else []) or [again]
        if (status in TOO_LARGE or code == "QUERY_TOO_COMPLICATED") and (halves := self._divided(subrequest)):
            return halves
        if not subrequest.writes or not isinstance(error, ContractError) or status != 400:
            raise error
        return self._isolate(answer)

    def _divided(self, subrequest: Subrequest) -> list[Subrequest]:
        """The halves of a subrequest that is too large; empty if it cannot be divided."""
        if len(subrequest.rows) < 2:
            return subrequest.halves()
        self._sizes.record_failure(subrequest.object_name, len(subrequest.rows))
        return subrequest.row_halves()

    def _over_limit(self, answer: Answer) -> list[Subrequest]:
        """A transaction that exceeded a limit of the org, answered by one error for all rows: none was written."""
        subrequest, rows = answer.subrequest, answer.subrequest.rows
        self._sizes.record_failure(subrequest.object_name, len(rows))
        if len(rows) > 1 and not self._sizes.fails_at_any_size(subrequest.object_name):
            return subrequest.row_halves()
        self._settle(subrequest.request_index, dict.fromkeys(rows, rejected_row(error_entries(answer.body))))
        return []

    def _retry_later(self, subrequest: Subrequest, error: SyncError) -> Subrequest:
        wait_before_retry(error, subrequest.attempts + 1, clock=self._clock)
        return replace(subrequest, attempts=subrequest.attempts + 1)

    def _isolate(self, answer: Answer) -> list[Subrequest]:
        """Send the rows in smaller pieces, until the row that Salesforce rejects is alone."""
        subrequest = answer.subrequest
        if not subrequest.standalone and not self._standalone_tried:
            self._standalone_tried = True
            return [replace(subrequest, standalone=True)]
        again, results = self._isolation.isolate(subrequest, error_entries(answer.body))
        self._settle(subrequest.request_index, results)
        return again
