"""The org's REST interface as a Starlette application."""

import gzip
import json
import zlib
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service_sandbox.salesforce.auth import OAUTH
from service_sandbox.salesforce.call import Call, Reply
from service_sandbox.salesforce.errors import ApiError, bad_json
from service_sandbox.salesforce.org import Org
from service_sandbox.salesforce.service import Service

LONGEST_URI = 16_384
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
FREE = (*OAUTH, "versions")
TOO_LONG = "<html><head><title>{status}</title></head><body><h1>{status} {text}</h1></body></html>"


def create_app(org: Org, clock: Any, *, base_url: str = "https://localhost") -> Starlette:
    """The application; `app.state.service` is its `Service`, with `auth`, `limits`, `jobs` and `runner`.

    Sets `request.state.kind` and `request.state.cost` for whoever logs calls. `base_url` is what the token answer gives
    as `instance_url`; the server sets it (`app.state.service.base_url`) once it knows its port.
    """
    service = Service(org, clock, base_url=base_url)

    async def endpoint(request: Request) -> Response:
        raw_path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
        path = raw_path.split("?")[0]
        query = request.scope["query_string"].decode("latin-1")
        request.state.kind = service.kind(request.method, path)
        request.state.cost = 0 if request.state.kind in FREE else 1
        if refused := _too_long(request, f"{path}?{query}"):
            return refused
        try:
            body = _decoded(await request.body(), request.headers.get("content-encoding", ""))
        except ApiError as error:
            return _respond(Reply(error.status, error.body), service)
        call = Call(request.method, path, query, request.headers, body)
        call.short_page = getattr(request.state, "short_page", None)
        before = service.limits.used
        reply = await run_in_threadpool(service.answer, call)
        if request.state.kind == "composite.batch":
            request.state.cost = max(service.limits.used - before, 1)
        request.state.kind = reply.kind or request.state.kind
        request.state.records = _records(reply.body)
        return _respond(reply, service, head=request.method == "HEAD", free=request.state.cost == 0)

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])
    app.state.service = service
    return app


def _too_long(request: Request, uri: str) -> Response | None:
    """414 for a URI, 431 for a URI with headers over 16,384 bytes; neither answer is JSON (Help 000386264)."""
    headers = sum(len(name) + len(value) + 4 for name, value in request.scope["headers"])
    for size, status, text in (
        (len(uri), 414, "URI Too Long"),
        (len(uri) + headers, 431, "Request Header Fields Too Large"),
    ):
        if size > LONGEST_URI:
            return Response(TOO_LONG.format(status=status, text=text), status, media_type="text/html")
    return None


def _records(body: Any) -> int:
    """How many records an answer is about."""
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


def _respond(reply: Reply, service: Service, *, head: bool = False, free: bool = False) -> Response:
    headers = dict(reply.headers)
    if not free:
        headers["Sforce-Limit-Info"] = service.limits.header()
    if reply.body is None:
        return Response(None, reply.status, headers)
    content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, ensure_ascii=False).encode()
    return Response(b"" if head else content, reply.status, headers, media_type=reply.media_type)
