"""Livestorm's answers with one defect: damaged on their way, or of another form than its reference states."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.faults.mangling import OTHERS, PAGE, places

#: Values that no time of a webinar has, and one that is none.
ODD_TIMES = (-1, 99_999_999_999_999, 253_402_300_799, 1e308, "yesterday", True)
ODD_META = ("record_count", "page_count", "next_page", "current_page", "items_per_page")
HUGE = (10**400, 1e308, -(10**30))
#: Another valid id would be another record: ids are emptied or get another type.
NO_IDS: tuple[Any, ...] = (None, "", [], {}, 1.5, True)


def _cut(content: bytes, rng: Random) -> bytes:
    return content[: rng.randrange(max(len(content), 1))]


def _not_utf8(content: bytes, rng: Random) -> bytes:
    """A byte of Latin-1 within the text."""
    at = rng.randrange(len(content) + 1)
    return content[:at] + b"\xe8" + content[at:]


def _replace(document: Any, rng: Random) -> None:
    """A value of another type, a missing value or a missing key."""
    holder, name = rng.choice([*places(document)])
    value, others = holder[name], NO_IDS if name == "id" or str(name).endswith("_id") else OTHERS
    others = tuple(one for one in others if type(one) is not type(value))
    if rng.random() < 0.3:
        del holder[name]
    else:
        holder[name] = rng.choice(others)


def _time(document: Any, rng: Random) -> None:
    found = [(holder, name) for holder, name in places(document) if str(name).endswith("_at")]
    if found:
        holder, name = rng.choice(found)
        holder[name] = rng.choice(ODD_TIMES)


def _number(document: Any, rng: Random) -> None:
    found = [(holder, name) for holder, name in places(document)
             if isinstance(holder[name], int | float) and not isinstance(holder[name], bool)]  # fmt: skip
    if found:
        holder, name = rng.choice(found)
        holder[name] = rng.choice(HUGE)


def _pagination(document: Any, rng: Random) -> None:
    if isinstance(document, dict) and isinstance(meta := document.get("meta"), dict):
        name = rng.choice(ODD_META)
        meta[name] = rng.choice([None, 0, -1, 1, 7, 10**9, "1", "x", 1.5, [], True])
        if rng.random() < 0.3:
            del meta[name]


def _data(document: Any, rng: Random) -> None:
    """`data` as an object instead of a list and the other way round, or no `included`."""
    if not isinstance(document, dict):
        return
    data = document.get("data")
    if rng.random() < 0.3:
        document.pop("included", None)
    elif isinstance(data, list):
        document["data"] = rng.choice([data[0] if data else None, {}, {str(at): row for at, row in enumerate(data)}])
    else:
        document["data"] = [data]


def _duplicate(document: Any, rng: Random) -> None:
    found = [holder for holder, _ in places(document) if isinstance(holder, list)]
    if found:
        rows = rng.choice(found)
        rows.insert(rng.randrange(len(rows) + 1), json.loads(json.dumps(rng.choice(rows))))


BODIES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _cut,
    _not_utf8,
    lambda content, rng: PAGE,
    lambda content, rng: b"",
    lambda content, rng: rng.choice([b"null", b"[]", b"{}", b"0", b'"x"', b"[" * 2000, b'{"data": ' * 900 + b"1"]),
)
DOCUMENTS: tuple[Callable[[Any, Random], None], ...] = (
    _replace, _replace, _replace, _replace, _time, _number, _pagination, _data, _duplicate,
)  # fmt: skip


def damaged(content: bytes, rng: Random) -> bytes:
    """A body with one defect."""
    if rng.random() < 0.25:
        return rng.choice(BODIES)(content, rng)
    try:
        document = json.loads(content)
    except ValueError:
        return _cut(content, rng)
    if isinstance(document, dict | list) and document:
        rng.choice(DOCUMENTS)(document, rng)
    return json.dumps(document).encode()


def variants(content: bytes, count: int) -> Iterator[bytes]:
    """A number of damaged bodies, the same ones at each call."""
    for number in range(count):
        yield damaged(content, Random(f"livestorm {number}"))  # noqa: S311 a repeatable draw
