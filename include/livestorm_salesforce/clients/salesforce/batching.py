"""Splitting requests into subrequests that fit a call, and grouping them into few calls (REST API guide: Composite).

Salesforce limits calls, not rows: a collections call of 200 rows and a whole composite request each count once.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote

from livestorm_salesforce.clients.salesforce import soql
from livestorm_salesforce.clients.salesforce.encoding import json_default
from livestorm_salesforce.clients.salesforce.operations import Create, Delete, Request, Update, Upsert, rows_of
from livestorm_salesforce.clients.salesforce.results import collection_record
from livestorm_salesforce.clients.salesforce.soql import Query
from livestorm_salesforce.clients.salesforce.transaction_sizes import TransactionSizes
from livestorm_salesforce.clients.salesforce.write_options import WriteOptions

COLLECTION_ROWS = 200  # records in one collections call
DELETED_ROWS = 100  # the ids of a deletion are part of the URL
COMPOSITE_SUBREQUESTS = 5  # queries and collections calls in one composite request (of 25 subrequests of any kind)
#: Parallel calls where all only read. Salesforce limits requests that run for 20 seconds or more: 25 in a production
#: org (REST API guide: API Request Limits).
PARALLEL_READS = 3
URL_CHARACTERS = 2_000  # Salesforce's advice for a URL; a longer query goes into a body
#: Our own limit of one body: Salesforce names none for composite, and beyond it a single call becomes slow.
BODY_CHARACTERS = 4_000_000
METHODS = {Create: "POST", Update: "PATCH", Upsert: "PATCH", Delete: "DELETE", Query: "GET"}


@dataclass(frozen=True)
class Subrequest:
    """The part of a request that fits one call.

    Attributes:
        request_index: position of its request in the list given to `execute`.
        request: the request; for a query the chunk of it.
        rows: positions of its rows in that request; empty for a query.
        attempts: number of times it was sent.
        standalone: True if it must not share a call.
    """

    request_index: int
    request: Request
    rows: tuple[int, ...] = ()
    attempts: int = 0
    standalone: bool = False

    @property
    def writes(self) -> bool:
        return not isinstance(self.request, Query)

    @property
    def object_name(self) -> str:
        """The object of a write whose transactions have a size of their own; deletions share one."""
        return str(getattr(self.request, "object", "deletion"))

    @cached_property
    def content(self) -> dict[str, Any] | None:
        """The JSON body, None for a query and a deletion."""
        request = self.request
        if isinstance(request, Query | Delete):
            return None
        return {"allOrNone": False, "records": [collection_record(request.records[row], request) for row in self.rows]}

    @cached_property
    def size(self) -> int:
        """Number of characters in a body."""
        if isinstance(self.request, Query):
            return len(self.path)
        return len(json.dumps(self.content, default=json_default, allow_nan=False))

    @property
    def method(self) -> str:
        return METHODS[type(self.request)]

    @property
    def endpoint(self) -> str:
        """The resource for error messages, without a value."""
        if isinstance(self.request, Query):
            return f"/{self.request.resource}"
        return f"/composite/sobjects of {getattr(self.request, 'object', 'ids')}"

    @cached_property
    def path(self) -> str:
        """URL below `/services/data/vXX.X`, percent-encoded."""
        request = self.request
        if isinstance(request, Query):
            return f"/{request.resource}?q={quote(str(request), safe='')}"
        if isinstance(request, Delete):
            return f"/composite/sobjects?ids={','.join(request.ids[row] for row in self.rows)}&allOrNone=false"
        if isinstance(request, Upsert):
            return f"/composite/sobjects/{soql.name(request.object)}/{soql.name(request.external_id_field)}"
        return "/composite/sobjects"

    @property
    def fits_url(self) -> bool:
        """True for a short query without a value. URLs end up in the logs of proxies."""
        return isinstance(self.request, Query) and "'" not in str(self.request) and len(self.path) <= URL_CHARACTERS

    def halves(self) -> list[Subrequest]:
        """The two halves of a query; empty for a write and for a query that cannot be divided."""
        if not isinstance(self.request, Query):
            return []
        return [replace(self, request=half) for half in self.request.halves()]

    def row_halves(self) -> list[Subrequest]:
        """Two subrequests with half of the rows each; one if there is one row."""
        middle = -(-len(self.rows) // 2)
        return [self.with_rows(half) for half in (self.rows[:middle], self.rows[middle:]) if half]

    def with_rows(self, rows: Sequence[int]) -> Subrequest:
        """A new subrequest for some of the rows."""
        return Subrequest(self.request_index, self.request, tuple(rows))


def split_requests(requests: Sequence[Request]) -> Iterator[Subrequest]:
    """The subrequests of all requests, in order."""
    for index, request in enumerate(requests):
        if isinstance(request, Query):
            yield from (Subrequest(index, chunk) for chunk in request.chunks())
        else:
            yield from split_rows(index, request, range(len(rows_of(request))))


def split_rows(index: int, request: Request, rows: Sequence[int], most: int = COLLECTION_ROWS) -> Iterator[Subrequest]:
    """The subrequests for some rows of a write, each with at most `most` of them."""
    step = min(most, DELETED_ROWS if isinstance(request, Delete) else COLLECTION_ROWS)
    for start in range(0, len(rows), step):
        yield Subrequest(index, request, tuple(rows[start : start + step]))


def fit_front(queue: deque[Subrequest], sizes: TransactionSizes) -> None:
    """Divide the first writes of the queue, as many as share a call, that have too many rows for a transaction."""
    front: list[Subrequest] = []
    while queue and len(front) < COMPOSITE_SUBREQUESTS:
        first = queue.popleft()
        rows, most = first.rows, sizes.rows(first.object_name) if first.writes else 0
        if first.writes and len(rows) > most:
            queue.appendleft(first.with_rows(rows[most:]))
            first = first.with_rows(rows[:most])
        front.append(first)
    queue.extendleft(reversed(front))


def next_group(queue: deque[Subrequest], options: WriteOptions) -> list[Subrequest]:
    """Remove from the queue the next subrequests that share one call; at least one.

    Writes with different headers do not share a call: it is not documented whether those of the request or those of
    the subrequest count.
    """
    group = [queue.popleft()]
    size = group[0].size
    headers = options.headers(group[0].request)
    while queue and len(group) < COMPOSITE_SUBREQUESTS and not (group[0].standalone or queue[0].standalone):
        size += queue[0].size
        following = options.headers(queue[0].request)
        if size > BODY_CHARACTERS or (headers and following and headers != following):
            break
        headers = headers or following
        group.append(queue.popleft())
    return group


def next_groups(queue: deque[Subrequest], options: WriteOptions, *, parallel: bool) -> list[list[Subrequest]]:
    """The groups to send next: one, or several where only reads are left, which do not depend on each other."""
    calls = PARALLEL_READS if parallel and not any(one.writes for one in queue) else 1
    return [next_group(queue, options) for _ in range(calls) if queue]


def reference(index: int) -> str:
    """`referenceId` of a subrequest, by its position in the group."""
    return f"subrequest{index}"


def composite_body(group: Sequence[Subrequest], root: str, options: WriteOptions) -> dict[str, Any]:
    """The body of one composite request.

    It is not documented whether subrequests inherit the `Sforce-` headers of the request, so each write carries them.
    From v49 on Salesforce may collate subrequests, and then their order is undefined: `collateSubrequests` is false
    where a write and another request share a call.
    """
    body: dict[str, Any] = {
        "allOrNone": False,
        "compositeRequest": [_described(one, index, root, options) for index, one in enumerate(group)],
    }
    if any(one.writes for one in group) and len({one.request_index for one in group}) > 1:
        body["collateSubrequests"] = False
    return body


def _described(subrequest: Subrequest, index: int, root: str, options: WriteOptions) -> dict[str, Any]:
    described: dict[str, Any] = {
        "method": subrequest.method,
        "url": f"{root}{subrequest.path}",
        "referenceId": reference(index),
    }
    if subrequest.content is not None:
        described["body"] = subrequest.content
    if headers := options.headers(subrequest.request):
        described["httpHeaders"] = headers
    return described
