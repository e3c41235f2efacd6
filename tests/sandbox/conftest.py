"""A running sandbox, and an HTTP client of its Livestorm API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from service_sandbox import Sandbox

START = 1_795_443_000
"""23 November 2026, 14:10 UTC: the initial time of every sandbox in these tests."""
NO_LIMIT = {"interval_limit": 0}


class Client:
    """Calls one Livestorm API."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.http = url, requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = token

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.http.request(method, f"{self.url}{path}", timeout=30, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params={parameter(name): value for name, value in params.items()})

    def post(self, path: str, resource_type: str, **attributes: Any) -> requests.Response:
        return self.call("POST", path, json={"data": {"type": resource_type, "attributes": attributes}})

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Returns the rows of all pages of a list."""
        rows, page = [], 0
        while page is not None:
            body = self.get(path, page=page, **params).json()
            rows += body["data"]
            page = body["meta"]["next_page"]
        return rows


def parameter(name: str) -> str:
    """Returns the query parameter for a short name: `page` and `size`, `include` and `sort`, or a filter."""
    known = {"page": "page[number]", "size": "page[size]", "include": "include", "sort": "sort"}
    return known.get(name, f"filter[{name}]")


Make = Callable[..., Sandbox]


@pytest.fixture
def make() -> Iterator[Make]:
    """Starts sandboxes with any arguments; without a limit of calls per second unless `settings` contain one."""
    made: list[Sandbox] = []

    def start(seed: Any = "empty", **options: Any) -> Sandbox:
        settings = {**NO_LIMIT, **options.pop("settings", {})}
        made.append(Sandbox(seed, settings=settings, **{"start": START, **options}).start())
        return made[-1]

    yield start
    for sandbox in made:
        sandbox.stop()


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests: a start costs ten times as much as a reset."""
    with Sandbox("empty", settings=NO_LIMIT, start=START) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """An empty sandbox with default settings."""
    shared_sandbox.reset("empty")
    return shared_sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """A client with a token for all scopes."""
    return Client(sandbox.livestorm_url, sandbox.livestorm_token)
