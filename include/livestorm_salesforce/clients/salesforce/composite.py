"""Sending subrequests: one by itself as a plain call, several as one composite request (REST API guide: Composite)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from livestorm_salesforce.clients.http import parse_int
from livestorm_salesforce.clients.salesforce.batching import Subrequest, composite_body, reference
from livestorm_salesforce.clients.salesforce.encoding import json_body
from livestorm_salesforce.clients.salesforce.errors import error_code, error_entries
from livestorm_salesforce.clients.salesforce.operations import Request
from livestorm_salesforce.clients.salesforce.results import check_records, strip_attributes
from livestorm_salesforce.clients.salesforce.soql import Query
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.clients.salesforce.write_options import WriteOptions
from livestorm_salesforce.errors import ContractError, OutcomeUnknown

#: "Send a shorter query" (HELP 000386264). A proxy answers so, with an HTML page, to a body or an address that is too
#: large for it. Nothing was carried out.
TOO_LARGE = (413, 414, 431)
#: An expired or timed-out cursor is not usable again (REST API guide: Query): the query is repeated, not the page.
CURSOR_REJECTED = (400, 404)
HALTED = "PROCESSING_HALTED"


@dataclass(frozen=True)
class Answer:
    """Status and JSON body of one subrequest."""

    subrequest: Subrequest
    status: int
    body: Any


class CompositeSender:
    """Sends groups of subrequests.

    Args:
        options: options of writes.
    """

    def __init__(self, transport: Transport, options: WriteOptions) -> None:
        self._transport, self._options = transport, options

    def send_all(self, groups: Sequence[Sequence[Subrequest]]) -> Iterator[Answer]:
        """The answers in order; several groups are sent at the same time."""
        if len(groups) == 1:
            yield from self._send(groups[0])
            return
        with ThreadPoolExecutor(len(groups), thread_name_prefix="salesforce-read") as pool:
            for answers in pool.map(lambda group: list(self._send(group)), groups):
                yield from answers

    def _send(self, group: Sequence[Subrequest]) -> Iterator[Answer]:
        """Send a group as one call."""
        if len(group) == 1 and (group[0].writes or group[0].fits_url):
            yield self._send_single(group[0])
            return
        writes = any(one.writes for one in group)
        options = json_body(composite_body(group, self._transport.root, self._options))
        for one in group:  # all writes of a group have the same headers
            options["headers"] |= self._options.headers(one.request)
        reply = self._transport.call(
            "POST", "/composite", writes=writes, accept=(400,), accept_any_body=TOO_LARGE, **options
        )
        status, body = _whole_rejection(reply.body) or (reply.status, reply.body)
        if 200 <= status < 300:
            yield from _match_answers(group, body, writes)
        elif len(group) == 1 or status not in (400, *TOO_LARGE):
            yield from (Answer(one, status, body) for one in group)
        else:  # nothing was carried out: each subrequest by itself shows which one is rejected
            for one in group:
                yield from self._send([one])

    def _send_single(self, subrequest: Subrequest) -> Answer:
        options = json_body(subrequest.content) if subrequest.content is not None else {}
        headers = {**options.pop("headers", {}), **self._options.headers(subrequest.request)}
        accept = (400, 500) if subrequest.writes else (400,)
        reply = self._transport.call(
            subrequest.method,
            subrequest.path,
            writes=subrequest.writes,
            accept=accept,
            accept_any_body=TOO_LARGE,
            headers=headers,
            **options,
        )
        return Answer(replace(subrequest, standalone=True), reply.status, reply.body)

    def read_pages(self, answer: Answer) -> tuple[list[dict[str, Any]], Answer]:
        """The records of all pages of a query, and the answer of the last page, which may be a rejection.

        Raises:
            ContractError: a page without a list of records.
        """
        query = answer.subrequest.request
        records, seen = _page_records(answer.body, query), {""}
        while (following := _next_page(answer.body)) and following not in seen:
            seen.add(following)
            reply = self._transport.call("GET", urlsplit(following).path, accept=CURSOR_REJECTED)
            answer = replace(answer, status=reply.status, body=reply.body)
            if reply.status in CURSOR_REJECTED:
                break
            records += _page_records(reply.body, query)
        return records, answer


def _whole_rejection(body: Any) -> tuple[int, Any] | None:
    """Status and error body if Salesforce rejected a composite request as a whole, so that nothing was written.

    Recorded forms: an answer without `referenceId` (LIMIT_EXCEEDED), and PROCESSING_HALTED where another subrequest
    made Salesforce roll back the transaction, also the rows that their own answers call successful.
    """
    for item in _answers(body):
        status = parse_int(item.get("httpStatusCode"))
        if status is None or status < 300:
            continue
        codes = {error_code(entry) for entry in error_entries(item.get("body"))}
        if not item.get("referenceId") or HALTED in codes:
            return status, item.get("body")
    return None


def _answers(body: Any) -> list[dict[str, Any]]:
    answers = body.get("compositeResponse") if isinstance(body, dict) else None
    return [item for item in answers if isinstance(item, dict)] if isinstance(answers, list) else []


def _match_answers(group: Sequence[Subrequest], body: Any, writes: bool) -> Iterator[Answer]:
    """The answer to each subrequest, found by its reference."""
    by_reference = {str(item.get("referenceId")): item for item in _answers(body)}
    matched = [by_reference.get(reference(index), {}) for index in range(len(group))]
    statuses = [status for item in matched if (status := parse_int(item.get("httpStatusCode"))) is not None]
    if len(statuses) < len(group):
        message = "Salesforce answered POST /composite without an answer to each subrequest."
        raise OutcomeUnknown(message) if writes else ContractError(message)
    for subrequest, status, item in zip(group, statuses, matched, strict=True):
        yield Answer(subrequest, status, item.get("body"))


def _page_records(body: Any, query: Request) -> list[dict[str, Any]]:
    if not isinstance(body, dict) or not isinstance(body.get("records"), list):
        raise ContractError("Salesforce answered a query without a list of records.")
    if isinstance(query, Query):
        check_records(body["records"], query)
    return [strip_attributes(record) for record in body["records"]]


def _next_page(body: dict[str, Any]) -> str | None:
    """URL of the next page, None after the last."""
    following = body.get("nextRecordsUrl")
    return None if body.get("done", True) or not isinstance(following, str) else following
