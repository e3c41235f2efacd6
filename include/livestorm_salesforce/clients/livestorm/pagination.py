"""Pagination of Livestorm's lists: every page, each row once, and a check that the list did not change during reading.

Pages count from 0 and hold at most 50 rows; `next_page` is null on the last page, and a page beyond it is answered with
HTTP 400 (portal page on pagination). Lists recorded in 2021 have no `next_page`: their `page_count` decides. The order
of a list is undefined, and a row added or removed between two pages shifts the others. So rows are deduplicated by id,
and a list is complete only if its `record_count` never fell during reading (a removed row moves another one to a page
that was already read) and equals the number of distinct rows. A list without `record_count` is complete if it has one
page, or if two readings returned the same rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from livestorm_salesforce.clients.livestorm.resources import PAGE_SIZE, Page, parse_page
from livestorm_salesforce.clients.livestorm.transport import Transport
from livestorm_salesforce.errors import ContractError, SyncError

THREADS = 4


class PageReader:
    """Reads a list page by page. Iterate it once; `is_complete` is known afterwards.

    Args:
        not_found: error for a list whose owner does not exist (HTTP 404).
        threads: pages fetched at the same time, after the first page has announced their number.

    Attributes:
        record_count: rows of the list according to the newest page.
        rows: number of distinct rows yielded.
        unreadable: rows of the last reading without a usable id or attributes.
        is_complete: True if the list did not change and every row was read; None during reading.
        is_cut: True if the list did not change and has more rows than its pages contain.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        params: Mapping[str, str],
        *,
        not_found: SyncError | None = None,
        threads: int = THREADS,
    ) -> None:
        self._transport, self._path, self._params = transport, path, dict(params)
        self._missing, self._threads = not_found, threads
        self._yielded: set[str] = set()
        self._seen: set[str] | None = None
        self.record_count: int | None = None
        self.is_complete: bool | None = None
        self.is_cut = False
        self.unreadable = 0

    @property
    def rows(self) -> int:
        return len(self._yielded)

    def __iter__(self) -> Iterator[Page]:
        """Yield the pages. If the list changed during reading, read it again and yield the rows that were missed."""
        for _ in range(2):
            yield from self._read_once()
            if self._is_stable:
                break
        self.is_complete = self._is_stable and not self.unreadable

    def _read_once(self) -> Iterator[Page]:
        seen: set[str] = set()
        counts: list[int | None] = []
        self.unreadable = 0
        for page in self._pages():
            counts.append(page.record_count)
            self.unreadable += page.unreadable
            seen.update(item["id"] for item in page.data)
            self.record_count = page.record_count
            yield self._without_yielded(page)
        numbers = [-1 if count is None else count for count in counts]
        self._is_stable = numbers == sorted(numbers) and numbers[-1] == len(seen) + self.unreadable
        if set(counts) == {None}:
            self._is_stable = len(counts) == 1 or seen == self._seen
        self.is_cut = len(set(numbers)) == 1 and len(seen) + self.unreadable < numbers[0]
        self._seen = seen

    def _without_yielded(self, page: Page) -> Page:
        new = {item["id"]: item for item in page.data if item["id"] not in self._yielded}
        self._yielded.update(new)
        return replace(page, data=list(new.values()))

    def _pages(self) -> Iterator[Page]:
        """All pages in order: the first, then in parallel those it announced, then any added since."""
        page = self._first_page()
        yield page
        for following in self._announced_pages(page):
            if following is None:
                return
            page = self._later(page, following)
            yield page
            if page.next_page is None:
                return
        while page.next_page is not None:
            following = self._fetch_page(page.next_page)
            if following is None:
                return
            page = self._later(page, following)
            yield page

    def _later(self, page: Page, following: Page) -> Page:
        """The following page, unless it repeats a page: a wrong number of pages would use up the month's calls."""
        if following.data and following.data == page.data:
            raise ContractError(f"Page {following.number} of {self._path} repeats the page before it.")
        return following

    def _first_page(self) -> Page:
        """The first page. An empty list may have no page 0, because its `page_count` is 0: then the request is repeated
        without a page number, which distinguishes an empty list from a wrong request.

        Raises:
            ContractError: the request is rejected, or the list has rows and no page 0.
        """
        page = self._fetch_page(0)
        if page is None:
            page = self._fetch_page(None)
            if page is None or page.data or page.record_count or page.next_page is not None:
                raise ContractError(f"Livestorm answered HTTP 400 to the first page of {self._path}.")
        return page

    def _announced_pages(self, first: Page) -> Iterator[Page | None]:
        """Pages 1 to `page_count` - 1, fetched a few ahead of the consumer."""
        numbers = iter(range(1, first.page_count or 0))
        if first.next_page is None or (first.page_count or 0) < 2:
            return
        ahead: deque[Future[Page | None]] = deque()
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="livestorm-page")
        try:
            for number in numbers:
                ahead.append(pool.submit(self._fetch_page, number))
                if len(ahead) > self._threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _fetch_page(self, number: int | None) -> Page | None:
        """One page, or None if the list has become too short for it; without a number the API's default page."""
        numbered = {} if number is None else {"page[number]": str(number)}
        params = {**self._params, **numbered, "page[size]": str(PAGE_SIZE)}
        accept = (*((400,) if numbered else ()), *((404,) if self._missing else ()))
        reply = self._transport.get(self._path, params, accept=accept)
        if reply.status == 404 and self._missing:
            raise self._missing
        if reply.status == 400:
            return None
        return parse_page(reply.document, number or 0, self._path)
