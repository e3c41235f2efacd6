"""Pages of a Livestorm list: all of them, each row once, and whether the list held still meanwhile.

The facts (portal page on pagination): pages count from 0, a page holds at most 50 rows, `next_page` is null on the
last, and a page beyond it is answered with HTTP 400. No list promises an order, and a row that comes or goes between
two pages shifts the others. So rows are de-duplicated by id, and a list counts as complete only if its `record_count`
never fell while it was read (a row that left pulls another over to a page already read) and so many rows were seen.
A list that tells no `record_count` counts as complete if it is one page, or if two readings saw the same rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from livestorm_salesforce.clients.http import whole_number
from livestorm_salesforce.clients.livestorm.transport import Transport
from livestorm_salesforce.errors import ContractError, SyncError

PAGE_SIZE = 50
SECRETS = ("connection_link", "password_key")  # personal join link and its key: never leave this module
THREADS = 4


@dataclass(frozen=True)
class Page:
    """One page: raw resources not seen on an earlier page, and the resources included with them."""

    number: int
    data: list[dict[str, Any]]
    included: list[dict[str, Any]] = field(default_factory=list)
    record_count: int | None = None
    page_count: int | None = None
    next_page: int | None = None


class PageReader:
    """Reads a list page by page; iterate it once, then ask `complete`.

    Args:
        missing: what to raise when the list's owner does not exist (HTTP 404).
        threads: pages fetched at the same time once the first has told how many there are.

    Attributes:
        record_count: rows of the list, as the newest page told.
        rows: distinct rows handed out.
        complete: whether the list held still and every row was seen; None while reading.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        params: Mapping[str, str],
        *,
        missing: SyncError | None = None,
        threads: int = THREADS,
    ) -> None:
        self._transport, self._path, self._params = transport, path, dict(params)
        self._missing, self._threads = missing, threads
        self._handed_out: set[str] = set()
        self._seen: set[str] | None = None
        self.record_count: int | None = None
        self.complete: bool | None = None

    @property
    def rows(self) -> int:
        return len(self._handed_out)

    def __iter__(self) -> Iterator[Page]:
        """Yield the pages; when the list moved meanwhile, read it once more and yield what was missed."""
        for _ in range(2):
            yield from self._pass()
            if self._held_still:
                break
        self.complete = self._held_still

    def _pass(self) -> Iterator[Page]:
        seen: set[str] = set()
        told: list[int | None] = []
        for page in self._pages():
            told.append(page.record_count)
            seen.update(item["id"] for item in page.data)
            self.record_count = page.record_count
            yield self._fresh(page)
        numbers = [-1 if number is None else number for number in told]
        self._held_still = numbers == sorted(numbers) and numbers[-1] == len(seen)
        if set(told) == {None}:
            self._held_still = len(told) == 1 or seen == self._seen
        self._seen = seen

    def _fresh(self, page: Page) -> Page:
        new = {item["id"]: item for item in page.data if item["id"] not in self._handed_out}
        self._handed_out.update(new)
        return Page(page.number, list(new.values()), page.included, page.record_count, page.page_count, page.next_page)

    def _pages(self) -> Iterator[Page]:
        """All pages in order: the first, then those it announced in parallel, then any that came into being since."""
        page = self._first()
        yield page
        for following in self._announced(page):
            if following is None:
                return
            page = following
            yield page
            if page.next_page is None:
                return
        while page.next_page is not None:
            page = self._fetch(page.next_page)
            if page is None:
                return
            yield page

    def _first(self) -> Page:
        """The first page. An empty list may have none: no page is below a `page_count` of 0. The list without a page
        number then tells whether it is empty or the request wrong.

        Raises:
            ContractError: the request itself is refused, or only its page number and there are rows.
        """
        page = self._fetch(0)
        if page is None:
            page = self._fetch(None)
            if page.data or page.record_count or page.next_page is not None:
                raise ContractError(f"Livestorm answered HTTP 400 to the first page of {self._path}.")
        return page

    def _announced(self, first: Page) -> Iterator[Page | None]:
        """Pages 1 to `page_count` - 1, a few ahead of the consumer."""
        numbers = iter(range(1, first.page_count or 0))
        if first.next_page is None or (first.page_count or 0) < 2:
            return
        ahead: deque[Future[Page | None]] = deque()
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="livestorm-page")
        try:
            for number in numbers:
                ahead.append(pool.submit(self._fetch, number))
                if len(ahead) > self._threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _fetch(self, number: int | None) -> Page | None:
        """One page, or None if the list has become shorter than that; without a number whatever comes first."""
        numbered = {} if number is None else {"page[number]": str(number)}
        params = {**self._params, **numbered, "page[size]": str(PAGE_SIZE)}
        understood = (*((400,) if numbered else ()), *((404,) if self._missing else ()))
        reply = self._transport.get(self._path, params, understood=understood)
        if reply.status == 404 and self._missing:
            raise self._missing
        if reply.status == 400:
            return None
        return read_page(reply.document, number or 0, self._path)


def read_page(document: Any, number: int, path: str) -> Page:
    """A JSON:API list document as a page.

    Raises:
        ContractError: no `data` list, a row without id and attributes, no `meta`, or pages that run in a circle.
    """
    data = document.get("data") if isinstance(document, dict) else None
    meta = document.get("meta") if isinstance(document, dict) else None
    if not isinstance(data, list) or not isinstance(meta, dict):
        raise ContractError(f"Page {number} of {path} has no 'data' list or no 'meta'.")
    next_page = meta.get("next_page")
    if next_page is not None and (not isinstance(next_page, int) or next_page <= number):
        raise ContractError(f"Page {number} of {path} names a next page that is not after it.")
    return Page(
        number,
        [resource(item, path) for item in data],
        [resource(item, path) for item in document.get("included") or []],
        whole_number(meta.get("record_count")),
        whole_number(meta.get("page_count")),
        next_page,
    )


def resource(item: Any, path: str) -> dict[str, Any]:
    """A resource as received, without the two secrets a registration holds."""
    if not isinstance(item, dict) or not item.get("id") or not isinstance(item.get("attributes"), dict):
        raise ContractError(f"{path} holds a row without id or attributes.")
    attributes = item["attributes"]
    for place in (attributes, *(value for value in attributes.values() if isinstance(value, dict))):
        for name in SECRETS:
            place.pop(name, None)
    return item
