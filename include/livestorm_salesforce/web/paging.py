"""Pages of a long list."""

from __future__ import annotations

from typing import NamedTuple


class Paging(NamedTuple):
    """The page that is shown, from 0, and the number of pages."""

    page: int
    pages: int


def paging(wanted: int, total: int, size: int) -> Paging:
    """The page that is shown of a list: the nearest one that exists.

    Args:
        wanted: number of the page in the address, from 0.
        total: number of rows.
        size: rows of a page.
    """
    count = -(-total // size)
    return Paging(max(min(wanted, count - 1), 0), count)
