"""Changes one value of a valid document to a value that a service should not send."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

RECORDED = Path(__file__).parent / "recorded"
DEEP: Any = json.loads("[" * 500 + "]" * 500)
ODD: list[Any] = [
    None, "", " ", 0, -1, 7, 1.5, True, False, "7", "1e3", "NaN", float("inf"), float("nan"), 10**40, -(10**400),
    253_402_300_801, "2026-13-45", "\ud83d", "a\ud83db", "\x00", "x" * 70_000, "Ада 🚀", [], [None], [[]], ["a", 7],
    [{"id": 7}], {}, {"id": None}, {"a": {"b": []}}, {"\ud83d": "\ud83d"}, {"id": [1], "value": {"x": 1}}, DEEP,
    "#N/A", "null", "true", "0000-00-00", "https://x",
]  # fmt: skip
REMOVED = object()


def recorded(name: str) -> Any:
    """A document recorded from the real service (persons are invented)."""
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))["document"]


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values in a document."""
    if path:
        yield path
    if not isinstance(document, dict | list):
        return
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the document with another value at a path; `REMOVED` removes it."""
    changed = copy.deepcopy(document)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    if value is REMOVED:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return changed


@st.composite
def mutations(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to three values changed or removed."""
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        document = replaced(document, draw(st.sampled_from(found)), draw(st.sampled_from([*ODD, REMOVED])))
    return document
