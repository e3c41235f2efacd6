"""The REST API of an org as a Starlette application."""

import gzip
import json
import zlib
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service_sandbox.control.clock import Clock
from service_sandbox.salesforce.model.errors import ApiError, bad_json
from service_sandbox.salesforce.org.org import Org
from service_sandbox.salesforce.rest.auth import OAUTH_CALLS
from service_sandbox.salesforce.rest.call import Call, Reply
from service_sandbox.salesforce.rest.service import RestApi

LONGEST_URI = 16_384
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
FREE = (*OAUTH_CALLS, "versions")
"""Calls that do not count against the limits of the org."""
TOO_LONG = "<html><head><title>{status}</title></head><body><h1>{status} {text}</h1></body></html>"


def create_app(org: Org, clock: Clock, *, base_url: str = "https://localhost") -> Starlette:
    """Returns the application; `app.state.service` is its `RestApi`.

    It reads `request.state.short_page`, and sets `call_type`, `cost` and `records` for the call log.
    """
    service = RestApi(org, clock, base_url=base_url)

    async def endpoint(request: Request) -> Response:
        raw_path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
        path = raw_path.split("?")[0]
        query = request.scope["query_string"].decode("latin-1")
        request.state.call_type = service.call_type(request.method, path)
        request.state.cost = 0 if request.state.call_type in FREE else 1
        if too_long := _too_long(request, f"{path}?{query}"):
            return too_long
        try:
            body = _decoded(await request.body(), request.headers.get("content-encoding", ""))
        except ApiError as error:
            return _response(Reply(error.status, error.body), service)
        call = Call(request.method, path, query, request.headers, body)
        call.short_page = getattr(request.state, "short_page", None)
        reply = await run_in_threadpool(service.respond, call)
        request.state.call_type = reply.call_type or request.state.call_type
        request.state.records = _records(reply.body)
        return _response(reply, service, head=request.method == "HEAD", free=request.state.cost == 0)

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])
    app.state.service = service
    return app


def _too_long(request: Request, uri: str) -> Response | None:
    """Returns 414 or 431 if the URI, or URI and headers, exceed 16,384 bytes; without JSON (Help 000386264)."""
    headers = sum(len(name) + len(value) + 4 for name, value in request.scope["headers"])
    for size, status, text in (
        (len(uri), 414, "URI Too Long"),
        (len(uri) + headers, 431, "Request Header Fields Too Large"),
    ):
        if size > LONGEST_URI:
            return Response(TOO_LONG.format(status=status, text=text), status, media_type="text/html")
    return None


def _records(body: Any) -> int:
    """Returns the number of records in a response."""
    if isinstance(body, dict):
        return (
            len(body["records"])
            if "records" in body
            else sum(_records(one["body"]) for one in body.get("compositeResponse", []))
        )
    return len(body) if isinstance(body, list) else 0


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding.lower() == "gzip":
            return gzip.decompress(body)
        if encoding.lower() == "deflate":
            return zlib.decompress(body)
    except (OSError, zlib.error, EOFError):
        raise bad_json("The body cannot be decompressed") from None
    return body


def _response(reply: Reply, service: RestApi, *, head: bool = False, free: bool = False) -> Response:
    headers = dict(reply.headers)
    if not free:
        headers["Sforce-Limit-Info"] = service.limits.header()
    if reply.body is None:
        return Response(None, reply.status, headers)
    content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, ensure_ascii=False).encode()
    return Response(b"" if head else content, reply.status, headers, media_type=reply.media_type)
