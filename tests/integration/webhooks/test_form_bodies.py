"""Forms of unauthenticated clients: limited in size and time before anybody asks who sends them (field C11, C12)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.responses import Response

from livestorm_salesforce.web.app import PAGES, app
from livestorm_salesforce.web.body_limits import MAX_FORM, BodyLimits
from livestorm_salesforce.web.body_reader import BodyReader

FORM = "application/x-www-form-urlencoded"
FILE = b'--b\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\n'
PATHS = sorted(
    route.path.format(session_id="s", dag_id="d", run_id="r")
    for module in PAGES
    for route in module.router.routes
    if "POST" in getattr(route, "methods", ())
)


def post(path: str, chunks: Iterable[bytes], kind: str = FORM, called: Any = app) -> dict[str, str]:
    """Send a body without a declared length; returns `status` and headers."""
    headers = [(b"content-type", kind.encode()), (b"host", b"airflow")]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "root_path": ""}
    scope |= {"headers": headers, "query_string": b"", "scheme": "http"}
    scope |= {"server": ("airflow", 80), "client": ("10.0.0.1", 1)}
    body, found = iter(chunks), {}

    async def receive() -> dict[str, Any]:
        chunk = next(body, None)
        if chunk is None:
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            found.update({name.decode(): value.decode() for name, value in message["headers"]})
            found["status"] = str(message["status"])

    asyncio.run(called(scope, receive, send))
    return found


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_too_large_is_rejected_by_every_route(path: str) -> None:
    found = post(path, [b"text=", b"x" * MAX_FORM])
    assert (found["status"], found["connection"]) == ("413", "close")
    assert (found["cache-control"], found["x-content-type-options"]) == ("no-store", "nosniff")


def test_a_file_without_end_is_not_stored() -> None:
    def endless() -> Iterable[bytes]:
        yield FILE
        while True:
            yield b"x" * 65_536

    assert post("/mapping", endless(), "multipart/form-data; boundary=b")["status"] == "413"


def test_a_slow_body_has_a_deadline() -> None:
    limited = BodyLimits(Response(), "/inbox", BodyReader(seconds=0.05))
    assert post("/mapping", [b"x"] * 1000, called=limited)["status"] == "408"
    assert post("/mapping", [b"x"], called=limited)["status"] == "200"
    assert post("/inbox", [b"x"] * 1000, called=limited)["status"] == "200", "the endpoint has limits of its own"
