"""A running sandbox, and a client of its Livestorm side that knows nothing but HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from service_sandbox import Sandbox

START = 1_795_443_000
"""23 November 2026, 14:10 UTC: the clock of every sandbox in these tests."""


class Client:
    """Calls to one Livestorm API, as somebody with a terminal would make them."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.http = url, requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = token

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.http.request(method, f"{self.url}{path}", timeout=30, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params={spell(name): value for name, value in params.items()})

    def post(self, path: str, kind: str, **attributes: Any) -> requests.Response:
        return self.call("POST", path, json={"data": {"type": kind, "attributes": attributes}})

    def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All rows of a list, page by page until there is no next one."""
        rows, page = [], 0
        while page is not None:
            body = self.get(path, page=page, **params).json()
            rows += body["data"]
            page = body["meta"]["next_page"]
        return rows


def spell(name: str) -> str:
    """`page` and `size` are those of a page, `include` and `sort` themselves, everything else is a filter."""
    known = {"page": "page[number]", "size": "page[size]", "include": "include", "sort": "sort"}
    return known.get(name, f"filter[{name}]")


Make = Callable[..., Sandbox]


@pytest.fixture
def make() -> Iterator[Make]:
    """Sandboxes with any seed; without a limit of calls per second unless `settings` say otherwise."""
    made: list[Sandbox] = []

    def begin(seed: Any = "empty", **options: Any) -> Sandbox:
        settings = {"interval_limit": 0, **options.pop("settings", {})}
        made.append(Sandbox(seed, settings=settings, **{"start": START, **options}).start())
        return made[-1]

    yield begin
    for sandbox in made:
        sandbox.stop()


@pytest.fixture
def sandbox(make: Make) -> Sandbox:
    """An empty one."""
    return make()


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """With a token for everything."""
    return Client(sandbox.livestorm_url, sandbox.livestorm_token)
