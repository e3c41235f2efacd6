"""A minimal Livestorm whose lists can change while they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.clients.scripted import Answer, Asked


def person(number: int) -> dict[str, Any]:
    """A registrant with a join link and its key."""
    return {
        "id": f"person-{number}",
        "type": "people",
        "attributes": {
            "role": "participant",
            "email": f"p{number}@example.test",
            "registrant_detail": {"connection_link": "https://secret", "password_key": "secret", "attended": False},
        },
    }


def page(rows: list[dict[str, Any]], number: int, size: int) -> Answer:
    """One page of the API: numbers from 0, at most 50 rows, 400 beyond the last."""
    size = min(size, 50)
    pages = -(-len(rows) // size)
    if number and number >= pages:
        return refusal(400)
    meta = {
        "current_page": number,
        "previous_page": number - 1 if number else None,
        "next_page": number + 1 if number + 1 < pages else None,
        "record_count": len(rows),
        "page_count": pages,
        "items_per_page": size,
    }
    return Answer({"data": rows[number * size : (number + 1) * size], "meta": meta})


def refusal(status: int, word: str = "refused", detail: str = "", **headers: str) -> Answer:
    """An error in Livestorm's format: the number in `code`, a word in `status`."""
    error = {"title": word, "detail": detail, "code": str(status), "status": word}
    return Answer({"errors": [error]}, status, headers={name.replace("_", "-"): text for name, text in headers.items()})


class Workspace:
    """Serves one list of rows under every path. `before_page` may change `rows` between two pages."""

    def __init__(self, rows: int) -> None:
        self.rows = [person(number) for number in range(rows)]
        self.before_page: Callable[[int], None] = lambda number: None

    def __call__(self, asked: Asked) -> Answer:
        number = int(asked.query.get("page[number]", 0))
        self.before_page(number)
        return page(list(self.rows), number, int(asked.query.get("page[size]", 20)))
