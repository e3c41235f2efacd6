"""Query parameters: paging, filters with dates as epoch or ISO 8601, and the order of lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.store import hash_31_bits

DEFAULT_SIZE, LARGEST_SIZE = 20, 50
FILTER = re.compile(r"filter\[(\w+)\]")
WHOLE = re.compile(r"\d{1,12}")


@dataclass
class Query:
    """Parsed query parameters.

    Attributes:
        filters: filters that the endpoint supports, as sent.
        include: related resources to include.
        extra: other parameters that the endpoint supports.
        ignored: unsupported parameters. Livestorm ignores them without an error.
    """

    page: int = 0
    size: int = DEFAULT_SIZE
    filters: dict[str, str] = field(default_factory=dict)
    include: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def moment(self, name: str) -> int | None:
        """Returns a date filter in seconds since 1970."""
        text = self.filters.get(name)
        return None if text is None else parse_moment(name, text)

    def truth(self, name: str) -> bool | None:
        """Returns a boolean filter."""
        text = self.filters.get(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise ApiError(400, f"filter[{name}] must be true or false")
        return text.lower() == "true"


def parse(pairs: Iterable[tuple[str, str]], *, filters: Iterable[str] = (), include: Iterable[str] = (),
          extra: Iterable[str] = ()) -> Query:  # fmt: skip
    """Parses query parameters.

    Raises:
        ApiError: 400, a value is invalid or an `include` is not supported.
    """
    query, known, includable, extras = Query(), set(filters), set(include), set(extra)
    for name, value in pairs:
        match = FILTER.fullmatch(name)
        if match and match[1] in known:
            query.filters[match[1]] = value
        elif name in ("page[number]", "page[size]"):
            _page(query, name, value)
        elif name in ("include", "include[]"):
            query.include += [part.strip() for part in value.split(",") if part.strip()]
        elif name in extras:
            query.extra[name] = value
        else:
            query.ignored.append(name)
    unsupported = set(query.include) - includable
    if unsupported:
        raise ApiError(400, f"include does not support: {', '.join(sorted(unsupported))}")
    return query


def _page(query: Query, name: str, value: str) -> None:
    if not WHOLE.fullmatch(value):
        raise ApiError(400, f"{name} must be a whole number")
    if name == "page[number]":
        query.page = int(value)
    elif int(value) == 0:
        raise ApiError(400, "page[size] must be at least 1")
    else:
        query.size = min(int(value), LARGEST_SIZE)


def parse_moment(name: str, text: str) -> int:
    """Returns seconds since 1970 for an epoch number or an ISO 8601 date or date-time (UTC without a zone)."""
    if WHOLE.fullmatch(text):
        return int(text)
    try:
        # A plus sign that the client did not encode arrives as a space.
        found = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
    except ValueError:
        raise ApiError(400, f"filter[{name}] is neither a Unix timestamp nor an ISO 8601 date") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def page_meta(query: Query, total: int) -> dict[str, Any]:
    """Returns the `meta` of a list.

    Raises:
        ApiError: 400, the page does not exist. Page 0 always exists.
    """
    pages = -(-total // query.size)
    if query.page > 0 and query.page >= pages:
        raise ApiError(400, f"Page {query.page} does not exist, there are {pages} pages numbered from 0")
    return {
        "current_page": query.page,
        "previous_page": query.page - 1 if query.page else None,
        "next_page": query.page + 1 if query.page + 1 < pages else None,
        "record_count": total,
        "page_count": pages,
        "items_per_page": query.size,
    }


def shuffled_order(seed: int, path: str, query: Query) -> str:
    """Returns an SQL expression that orders a list arbitrarily, and the same way for all of its pages.

    Livestorm documents no order. The position of a row depends on a hash of its id and of the path, filters and page
    size of the list: a new row appears anywhere and shifts the rows after it.
    """
    text = f"{seed} {path} {sorted(query.filters.items())} {query.size}"
    factor, shift = hash_31_bits(text) | 1, hash_31_bits(text[::-1])
    return f"(({{0}}.shuffle * {factor} + {shift}) % 2147483647)"
