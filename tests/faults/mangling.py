"""Answers that are damaged on their way: cut, replaced by a page, with values missing or of other types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Any
from unittest.mock import patch

import requests

from livestorm_salesforce.clients.http import GuardedSession

PAGE = b"<html><body>Service unavailable</body></html>"
#: What a value is replaced by.
OTHERS: tuple[Any, ...] = (None, 0, -1, True, "", "x", 1.5, [], {}, [None], ["x"], {"x": None})
#: Answers of a run among which some are damaged.
ANSWERS = 10
KINDS = ("cut", "page", "empty", "null", "type", "key", "item")


def damaged(content: bytes, rng: Random) -> bytes:
    """A body with one defect."""
    kind = rng.choice(KINDS)
    if kind in ("page", "empty"):
        return PAGE if kind == "page" else b""
    try:
        document = json.loads(content)
    except ValueError:
        kind = "cut"
    if kind == "cut":
        return content[: rng.randrange(max(len(content), 1))]
    found = [place for place in places(document) if kind != "key" or isinstance(place[0], dict)]
    if not found:
        return json.dumps(rng.choice(OTHERS)).encode()
    holder, name = rng.choice(found)
    if kind in ("key", "item"):
        del holder[name]
    else:
        holder[name] = None if kind == "null" else rng.choice(OTHERS)
    return json.dumps(document).encode()


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a document, with each of its keys or positions."""
    if not isinstance(document, dict | list):
        return
    keys = list(document) if isinstance(document, dict) else range(len(document))
    for key in keys:
        yield document, key
        yield from places(document[key])


@contextmanager
def mangled_answers(
    rng: Random | None, damage: Callable[[bytes, Random], bytes] = damaged, path: str = "/services/"
) -> Iterator[list[str]]:
    """Damage one to three of the first answers of a service; none without `rng`.

    Args:
        damage: makes the damaged body.
        path: part of the addresses of the service.

    Yields:
        method and path of the damaged answers.
    """
    plain, hit, numbers = GuardedSession.request, [], count()
    chosen = set(rng.sample(range(ANSWERS), rng.randint(1, 3))) if rng else set()

    def request(session: GuardedSession, method: str, url: str, **options: Any) -> requests.Response:
        response = plain(session, method, url, **options)
        if rng and path in url and not options.get("stream") and next(numbers) in chosen:
            response._content = damage(response.content, rng)
            hit.append(f"{method} {url.partition('?')[0].rpartition(path)[2]} {response.content[:300]!r}")
        return response

    with patch.object(GuardedSession, "request", request):
        yield hit
