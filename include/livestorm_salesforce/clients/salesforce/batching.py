"""Requests cut into parts that fit a call, and parts packed into as few calls as possible (REST API guide: Composite).

A call is the currency: a collections call of 200 rows and a whole composite request each count once.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from livestorm_salesforce.clients.salesforce import soql
from livestorm_salesforce.clients.salesforce.operations import Create, Delete, Query, Request, Update, Upsert, rows_of
from livestorm_salesforce.clients.salesforce.results import sent_record
from livestorm_salesforce.clients.salesforce.transport import plain

COLLECTION_ROWS = 200  # records in one collections call
DELETED_ROWS = 100  # ids of a deletion stand in the address
COMPOSITE_PARTS = 5  # queries and collections calls in one composite request (of 25 subrequests of any kind)
ADDRESS_CHARACTERS = 2_000  # Salesforce's advice for an address; a longer query goes into a body
#: Own bound of one body: Salesforce names none for composite, and beyond it a single call becomes slow.
BODY_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class Part:
    """A piece of a request that fits one subrequest.

    Attributes:
        number: position of its request among those asked.
        rows: positions of its rows in that request; empty for a query.
        tries: how often it was sent.
        alone: whether it must go by itself.
    """

    number: int
    request: Request
    rows: tuple[int, ...] = ()
    tries: int = 0
    alone: bool = False

    @property
    def writes(self) -> bool:
        return not isinstance(self.request, Query)

    @cached_property
    def content(self) -> dict[str, Any] | None:
        """The JSON body, None for a query and a deletion."""
        request = self.request
        if isinstance(request, Query | Delete):
            return None
        return {"allOrNone": False, "records": [sent_record(request.records[row], request) for row in self.rows]}

    @cached_property
    def size(self) -> int:
        """Characters it takes in a body."""
        if isinstance(self.request, Query):
            return len(quote(self.request.soql))
        return len(json.dumps(self.content, default=plain, allow_nan=False))

    @property
    def method(self) -> str:
        return {Create: "POST", Update: "PATCH", Upsert: "PATCH", Delete: "DELETE", Query: "GET"}[type(self.request)]

    @property
    def path(self) -> str:
        """Address below `/services/data/vXX.X`, percent-encoded."""
        request = self.request
        if isinstance(request, Query):
            return f"/query?q={quote(request.soql, safe='')}"
        if isinstance(request, Delete):
            return f"/composite/sobjects?ids={','.join(request.ids[row] for row in self.rows)}&allOrNone=false"
        if isinstance(request, Upsert):
            return f"/composite/sobjects/{soql.name(request.object)}/{soql.name(request.external_id_field)}"
        return "/composite/sobjects"

    @property
    def fits_address(self) -> bool:
        """Whether a query may stand in an address: short, and without a value. Addresses end up in logs of proxies."""
        return isinstance(self.request, Query) and "'" not in self.request.soql and len(self.path) <= ADDRESS_CHARACTERS


def parts_of(requests: Sequence[Request]) -> Iterator[Part]:
    """The parts of all requests, in order."""
    for number, request in enumerate(requests):
        if isinstance(request, Query):
            yield Part(number, request)
        else:
            yield from parts_of_rows(number, request, range(len(rows_of(request))))


def parts_of_rows(number: int, request: Request, rows: Sequence[int]) -> Iterator[Part]:
    """The parts that carry these rows of a request."""
    step = DELETED_ROWS if isinstance(request, Delete) else COLLECTION_ROWS
    for start in range(0, len(rows), step):
        yield Part(number, request, tuple(rows[start : start + step]))


def take(queue: deque[Part]) -> list[Part]:
    """The next parts, in order, that go together in one call; at least one."""
    group = [queue.popleft()]
    size = group[0].size
    while queue and len(group) < COMPOSITE_PARTS and not (group[0].alone or queue[0].alone):
        size += queue[0].size
        if size > BODY_CHARACTERS:
            break
        group.append(queue.popleft())
    return group


def composite_body(group: Sequence[Part], root: str, write_headers: Mapping[str, str]) -> dict[str, Any]:
    """The body of one composite request.

    No word says that subrequests inherit the `Sforce-` headers of the request, so each write carries them. From v49
    Salesforce may collate subrequests and then keeps no order; it is told not to where a part may depend on one before.
    """
    body: dict[str, Any] = {
        "allOrNone": False,
        "compositeRequest": [_subrequest(part, index, root, write_headers) for index, part in enumerate(group)],
    }
    if any(part.writes for part in group) and len({part.number for part in group}) > 1:
        body["collateSubrequests"] = False
    return body


def _subrequest(part: Part, index: int, root: str, write_headers: Mapping[str, str]) -> dict[str, Any]:
    subrequest: dict[str, Any] = {"method": part.method, "url": f"{root}{part.path}", "referenceId": f"part{index}"}
    if part.content is not None:
        subrequest["body"] = part.content
    if part.writes and write_headers:
        subrequest["httpHeaders"] = dict(write_headers)
    return subrequest
