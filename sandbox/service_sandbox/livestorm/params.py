"""Query strings: paging, filters with dates as epoch or ISO 8601, and the order in which a list comes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.store import place

DEFAULT_SIZE, LARGEST_SIZE = 20, 50
FILTER = re.compile(r"filter\[(\w+)\]")
WHOLE = re.compile(r"\d{1,12}")


@dataclass
class Query:
    """What a call asks for.

    Attributes:
        filters: those that the endpoint knows, as sent.
        ignored: parameters that it does not know and, like Livestorm, says nothing about.
    """

    page: int = 0
    size: int = DEFAULT_SIZE
    filters: dict[str, str] = field(default_factory=dict)
    include: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def moment(self, name: str) -> int | None:
        """A date filter in seconds since 1970."""
        text = self.filters.get(name)
        return None if text is None else parse_moment(name, text)

    def truth(self, name: str) -> bool | None:
        """A filter that says true or false."""
        text = self.filters.get(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise ApiError(400, f"filter[{name}] must be true or false")
        return text.lower() == "true"


def parse(pairs: Iterable[tuple[str, str]], *, filters: Iterable[str] = (), include: Iterable[str] = (),
          extra: Iterable[str] = ()) -> Query:  # fmt: skip
    """Read a query string. Raises ApiError (400) for values that make no sense."""
    query, known, includable, extras = Query(), set(filters), set(include), set(extra)
    for name, value in pairs:
        asked = FILTER.fullmatch(name)
        if asked and asked[1] in known:
            query.filters[asked[1]] = value
        elif name in ("page[number]", "page[size]"):
            _page(query, name, value)
        elif name in ("include", "include[]"):
            query.include += [part.strip() for part in value.split(",") if part.strip()]
        elif name in extras:
            query.extra[name] = value
        else:
            query.ignored.append(name)
    strange = set(query.include) - includable
    if strange:
        raise ApiError(400, f"include does not support: {', '.join(sorted(strange))}")
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
    """Seconds since 1970 of an epoch number or an ISO 8601 date or date-time; without a zone it is UTC."""
    if WHOLE.fullmatch(text):
        return int(text)
    try:
        # A plus sign that a client forgot to encode arrives as a space.
        found = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
    except ValueError:
        raise ApiError(400, f"filter[{name}] is neither a Unix timestamp nor an ISO 8601 date") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def meta(query: Query, total: int) -> dict[str, Any]:
    """The `meta` of a list. Raises ApiError (400) for a page that does not exist; page 0 always does."""
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


def order(seed: int, path: str, query: Query) -> str:
    """An SQL order that looks like none, and is the same for all pages of one list.

    Livestorm documents no order. Rows are put where a number made of their id and of the list asked for falls, so a
    new row lands anywhere and shifts what follows, and two lists have nothing in common.
    """
    text = f"{seed} {path} {sorted(query.filters.items())} {query.size}"
    factor, shift = place(text) | 1, place(text[::-1])
    return f"(({{0}}.shuffle * {factor} + {shift}) % 2147483647)"
