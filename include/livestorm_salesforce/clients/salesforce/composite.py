"""Carrying out reads and small writes through collections and composite requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from livestorm_salesforce.clients.retry import ATTEMPTS, worth_repeating
from livestorm_salesforce.clients.salesforce import soql
from livestorm_salesforce.clients.salesforce.batching import Part, composite_body, parts_of, parts_of_rows, take
from livestorm_salesforce.clients.salesforce.errors import code_of, entries_of, error_for
from livestorm_salesforce.clients.salesforce.operations import LOCKED, Query, Request, RowResult, rows_of
from livestorm_salesforce.clients.salesforce.results import refused, row_results, without_attributes
from livestorm_salesforce.clients.salesforce.transport import Transport, body_of
from livestorm_salesforce.errors import ContractError, OutcomeUnknown, SyncError, TransientError

#: Salesforce itself waits 10 s for a lock before it refuses a row; seconds between our tries come on top.
LOCK_WAITS = (1.0, 2.0, 4.0, 8.0)
#: Further calls spent on finding the row for which Salesforce refused a whole call.
ISOLATING_CALLS = 20
PIECES = 5
#: Calls under way at a time where all only read. Salesforce minds them from 20 seconds each on, 25 of a production org
#: (REST API guide: API Request Limits).
READERS = 3
#: A cursor that has expired or timed out stays dead (REST API guide: Query): not its page is asked for again, the query
#: is.
PAGE_REFUSED = (400, 404)
#: "Send a shorter query" (HELP 000386264); a proxy on the way says it with a page of its own.
TOO_LONG = (414, 431)

OnRows = Callable[[int, dict[int, RowResult]], None]
OnRecords = Callable[[int, list[dict[str, Any]]], None]


class Execution:
    """One run over a list of requests.

    Args:
        write_headers: `Sforce-` headers for every write.
        on_rows: told each request's row results as they become final, so that an error later on loses none.
        on_records: given the records of each statement as its last page is read, instead of keeping them all.
    """

    def __init__(
        self,
        transport: Transport,
        write_headers: Mapping[str, str],
        on_rows: OnRows | None = None,
        on_records: OnRecords | None = None,
    ) -> None:
        self._transport, self._write_headers = transport, write_headers
        self._on_rows, self._on_records = on_rows, on_records or self._keep
        self._locked: dict[int, dict[int, RowResult]] = {}
        self._isolating = ISOLATING_CALLS
        self._composite_tried = False

    def run(self, requests: Sequence[Request]) -> list[list[Any]]:
        """Send all, in order; one list per request: records of a query, results of a write's rows."""
        self._results: list[list[Any]] = [
            [] if isinstance(item, Query) else [None] * len(rows_of(item)) for item in requests
        ]
        self._drain(deque(parts_of(requests)))
        for wait in LOCK_WAITS:
            locked, self._locked = self._locked, {}
            if not locked:
                break
            self._transport.sleep(wait)
            again = [parts_of_rows(number, requests[number], sorted(rows)) for number, rows in locked.items()]
            self._drain(deque(part for parts in again for part in parts))
        for number, rows in self._locked.items():
            self._settle(number, rows)
        return self._results

    def _drain(self, queue: deque[Part]) -> None:
        """Send the parts group by group; a part that must be sent again goes back to the front."""
        smooth = True
        while queue:
            again: list[Part] = []
            failures: list[SyncError] = []
            for part, status, body in self._answers(_next_groups(queue, several=smooth)):
                try:
                    again += self._absorb(part, status, body)
                except SyncError as error:
                    failures.append(error)
            if failures:
                raise failures[0]
            queue.extendleft(reversed(again))
            smooth = smooth and not again  # what has to be asked otherwise may be so for the others, too

    # ------------------------------------------------------------------ sending

    def _answers(self, groups: Sequence[Sequence[Part]]) -> Iterator[tuple[Part, int, Any]]:
        """Each part's status and body, in order; several groups are under way at the same time."""
        if len(groups) == 1:
            yield from self._send(groups[0])
            return
        with ThreadPoolExecutor(len(groups), thread_name_prefix="salesforce-read") as pool:
            for answers in pool.map(lambda group: list(self._send(group)), groups):
                yield from answers

    def _send(self, group: Sequence[Part]) -> Iterator[tuple[Part, int, Any]]:
        """Send a group as one call and yield each part's status and body."""
        if len(group) == 1 and (group[0].writes or group[0].fits_address):
            yield (replace(group[0], alone=True), *self._plainly(group[0]))
            return
        writes = any(part.writes for part in group)
        options = body_of(composite_body(group, self._transport.root, self._write_headers))
        if writes:  # no word says whose headers a subrequest goes by: both say the same
            options["headers"] |= self._write_headers
        reply = self._transport.call("POST", "/composite", writes=writes, understood=(400,), bare=TOO_LONG, **options)
        refused_whole = reply.status in (400, *TOO_LONG)
        if refused_whole and len(group) > 1:
            for part in group:  # refused as a whole and nothing done: each part by itself shows which is to blame
                yield from self._send([part])
            return
        if refused_whole:
            yield group[0], reply.status, reply.body
            return
        yield from _answers(group, reply.body, writes)

    def _plainly(self, part: Part) -> tuple[int, Any]:
        options = body_of(part.content) if part.content is not None else {}
        headers = {**options.pop("headers", {}), **(self._write_headers if part.writes else {})}
        reply = self._transport.call(
            part.method, part.path, writes=part.writes, understood=(400,), headers=headers, **options
        )
        return reply.status, reply.body

    # ------------------------------------------------------------------ understanding

    def _absorb(self, part: Part, status: int, body: Any) -> list[Part]:
        """Keep what a part brought; return the parts to send again."""
        if not 200 <= status < 300:
            return self._refused(part, status, body)
        if isinstance(part.request, Query):
            return self._records(part, body)
        rows = row_results(body, len(part.rows), part.request)
        if rows is None:
            raise OutcomeUnknown(f"Salesforce answered {part.method} {_kind(part)} without one result per row.")
        told = dict(zip(part.rows, rows, strict=True))
        locked = {row: result for row, result in told.items() if result.code == LOCKED}
        self._locked.setdefault(part.number, {}).update(locked)
        if not self._locked[part.number]:
            del self._locked[part.number]
        self._settle(part.number, {row: result for row, result in told.items() if row not in locked})
        return []

    def _settle(self, number: int, rows: Mapping[int, RowResult]) -> None:
        for row, result in rows.items():
            self._results[number][row] = result
        if rows and self._on_rows:
            self._on_rows(number, dict(rows))

    def _records(self, part: Part, body: Any) -> list[Part]:
        """All pages of a query. Fewer or more records than `totalSize` means that they must be read again; only a bare
        `COUNT()` tells a number and sends no record (SOQL and SOSL Reference)."""
        records: list[dict[str, Any]] = []
        total = body.get("totalSize") if isinstance(body, dict) else None
        while following := _page(body, records):
            reply = self._transport.call("GET", urlsplit(following).path, understood=PAGE_REFUSED)
            if reply.status in PAGE_REFUSED:
                return self._refused(part, reply.status, reply.body)
            body = reply.body
        counted = part.request.soql.upper().startswith("SELECT COUNT()")
        if total is not None and len(records) != total and not counted:
            words = f"A query told {total} records and sent {len(records)}."
            return self._later(part, TransientError(words, remedy="none if the retry succeeds"))
        self._on_records(part.number, records)
        return []

    def _keep(self, number: int, records: list[dict[str, Any]]) -> None:
        """Two halves of a statement may both find a record."""
        known = {record.get("Id") for record in self._results[number]} - {None}
        self._results[number] += [record for record in records if record.get("Id") not in known]

    def _refused(self, part: Part, status: int, body: Any) -> list[Part]:
        """A part refused as a whole: fix the setup, ask for less, try later, or find the row that is to blame."""
        error = error_for(status, body, {}, f"{part.method} {_kind(part)}", writes=part.writes)
        code = code_of(next(iter(entries_of(body)), {}))
        if worth_repeating(error):
            again = self._later(part, error)
            return (_halves(again[0]) if code == "QUERY_TIMEOUT" and part.tries else []) or again
        if (status in TOO_LONG or code == "QUERY_TOO_COMPLICATED") and (shorter := _halves(part)):
            return shorter
        if not part.writes or not isinstance(error, ContractError) or status != 400:
            raise error
        if not part.alone and not self._composite_tried:
            self._composite_tried = True
            return [replace(part, alone=True)]
        if len(part.rows) > 1 and self._isolating > 0:
            self._isolating -= 1
            step = -(-len(part.rows) // PIECES)
            pieces = range(0, len(part.rows), step)
            return [Part(part.number, part.request, part.rows[start : start + step]) for start in pieces]
        result = refused(entries_of(body))
        self._settle(part.number, dict.fromkeys(part.rows, result))
        return []

    def _later(self, part: Part, error: SyncError) -> list[Part]:
        if part.tries + 1 >= ATTEMPTS:
            raise error
        self._transport.sleep(getattr(error, "retry_after", None) or 0.5 * 2**part.tries)
        return [replace(part, tries=part.tries + 1)]


def _next_groups(queue: deque[Part], *, several: bool) -> list[list[Part]]:
    """What goes next: one call, or several where nothing but reads is left, which do not depend on each other."""
    calls = READERS if several and not any(part.writes for part in queue) else 1
    return [take(queue) for _ in range(calls) if queue]


def _halves(part: Part) -> list[Part]:
    """A query's halves as parts of the one request; none of what is no query or cannot be cut."""
    if not isinstance(part.request, Query):
        return []
    return [replace(part, request=Query(statement)) for statement in soql.halves(part.request.soql)]


def _answers(group: Sequence[Part], body: Any, writes: bool) -> Iterator[tuple[Part, int, Any]]:
    """Each part's answer in a composite response, found by its reference."""
    answers = body.get("compositeResponse") if isinstance(body, dict) else None
    by_reference = {item.get("referenceId"): item for item in answers or [] if isinstance(item, dict)}
    references = [f"part{index}" for index in range(len(group))]
    if any(not isinstance(by_reference.get(name, {}).get("httpStatusCode"), int) for name in references):
        words = "Salesforce answered POST /composite without an answer for each of its parts."
        raise OutcomeUnknown(words) if writes else ContractError(words)
    for part, reference in zip(group, references, strict=True):
        answer = by_reference[reference]
        yield part, answer["httpStatusCode"], answer.get("body")


def _page(body: Any, records: list[dict[str, Any]]) -> str | None:
    """Take a page's records over; the address of the next page, None after the last."""
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise ContractError("Salesforce answered a query without a list of records.")
    records += [without_attributes(record) for record in body["records"]]
    return None if body.get("done", True) else body.get("nextRecordsUrl") or None


def _kind(part: Part) -> str:
    """What a part is about, in words without a value."""
    if isinstance(part.request, Query):
        return "/query"
    return f"/composite/sobjects of {getattr(part.request, 'object', 'ids')}"
