"""Middleware in front of each service: logs calls, applies faults, and sets the `Date` header."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_sandbox.control.calls import CallLog
from service_sandbox.control.clock import Clock
from service_sandbox.control.faults import Fault, Faults, TransportFault
from service_sandbox.serving.delayed_calls import DelayedCalls

HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0} Bad Gateway</h1><hr>proxy</body></html>"
BEFORE_SERVICE = (TransportFault.RESET, TransportFault.CUT_BEFORE, TransportFault.HTML, TransportFault.NOT_JSON,
                  TransportFault.ERROR)  # fmt: skip
"""Faults that prevent the service from receiving the call."""
AFTER_SERVICE = (TransportFault.CUT_AFTER, TransportFault.TRUNCATED, TransportFault.HTML_AFTER)
"""Faults that replace the response of the service."""
ADMIN_PATH = "/_sandbox"


class ConnectionCut(Exception):
    """The connection must be closed at this point."""


@dataclass(frozen=True)
class Controls:
    """The shared objects that the middleware of every service uses."""

    clock: Clock
    calls: CallLog
    faults: Faults
    delayed_calls: DelayedCalls


class RequestMiddleware:
    """ASGI middleware around one service.

    The service may set on `request.state`: `call_type` (default: `call_type_of`), `cost` (default: 1), `records` and
    `ignored`. It finds `short_page` there: the maximum number of rows of its next page, or None. Calls of the admin
    API are passed on without logging.

    Args:
        call_type_of: method and path to the call type. It is known before the service handles the call, for faults.
        error_body: HTTP status to (body, media type) of an error in the format of the service.
    """

    def __init__(
        self, app: ASGIApp, controls: Controls, *, service: str, call_type_of: Callable[[str, str], str],
        error_body: Callable[[int], tuple[Any, str]],
    ) -> None:  # fmt: skip
        self.app, self.service = app, service
        self.clock, self.calls, self.faults = controls.clock, controls.calls, controls.faults
        self.delayed_calls = controls.delayed_calls
        self.call_type_of, self.error_body = call_type_of, error_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one call."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN_PATH):
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").split("?")[0]
        call_type = self.call_type_of(scope["method"], path)
        arrived, started = self.clock.timestamp(), time.monotonic()
        faults = await self._faults(scope["method"], path, call_type)
        short = next((one for one in faults if one.name == TransportFault.SHORT_PAGE), None)
        state["short_page"] = None if short is None else int(short.params.get("rows", 1))

        def record(status: int) -> None:
            self.calls.record(
                time=arrived, service=self.service, method=scope["method"], path=path,
                call_type=state.get("call_type", call_type), status=status,
                cost=state.get("cost", 0 if _first(faults, BEFORE_SERVICE) else 1), records=state.get("records", 0),
                seconds=round(time.monotonic() - started, 4), fault=",".join(one.name for one in faults) or None,
                ignored=tuple(state.get("ignored", ())),
            )  # fmt: skip

        response = RecordedResponse(self.clock, send, record)
        try:
            await self._respond(scope, receive, response, faults)
        except ConnectionCut:
            response.end()
            await close(scope, reset=any(one.name == TransportFault.RESET for one in faults))
        except ClientDisconnect:
            # The client closed the connection while it was sending.
            response.end()

    async def _faults(self, method: str, path: str, call_type: str) -> list[Fault]:
        if not self.faults.list():
            return []
        # In a thread: a fault that changes the state of the service waits for its database.
        return await run_in_threadpool(self.faults.apply, self.service, method, path, call_type)

    async def _respond(self, scope: Scope, receive: Receive, response: RecordedResponse, faults: list[Fault]) -> None:
        for fault in faults:
            if fault.name == TransportFault.SLOW:
                await asyncio.sleep(float(fault.params.get("seconds", 1)))
        if before := _first(faults, BEFORE_SERVICE):
            await _read(receive)
            await self._replace(before, response)
        elif late := _first(faults, (TransportFault.CUT_LATE,)):
            await self._delay(late, scope, receive)
            raise ConnectionCut
        elif after := _first(faults, AFTER_SERVICE):
            buffer = ResponseBuffer()
            await self.app(scope, receive, buffer)
            await self._spoil(after, buffer, response)
        else:
            await self.app(scope, receive, response)

    async def _delay(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        body = await _read(receive)

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        seconds = float(fault.params.get("seconds", 1))
        self.delayed_calls.schedule(seconds, lambda: self.app(scope, replay, ResponseBuffer()))

    async def _replace(self, fault: Fault, response: RecordedResponse) -> None:
        """Responds without calling the service."""
        if fault.name in (TransportFault.RESET, TransportFault.CUT_BEFORE):
            raise ConnectionCut
        if fault.name == TransportFault.HTML:
            await response.send_html(int(fault.params.get("status", 502)))
        elif fault.name == TransportFault.NOT_JSON:
            await response.send_whole(int(fault.params.get("status", 401)), b"Unauthorized", "text/plain")
        else:
            status = int(fault.params.get("status", 500))
            body, media_type = self.error_body(status)
            await response.send_whole(status, json.dumps(body).encode(), media_type)

    @staticmethod
    async def _spoil(fault: Fault, buffer: ResponseBuffer, response: RecordedResponse) -> None:
        """Damages or drops the response of the service."""
        if fault.name == TransportFault.HTML_AFTER:
            await response.send_html(int(fault.params.get("status", 502)))
            return
        if fault.name == TransportFault.TRUNCATED:
            half = len(buffer.body) // 2
            headers = [(name, value) for name, value in buffer.headers if name.lower() != b"content-length"]
            headers.append((b"content-length", str(len(buffer.body) or 1).encode()))
            await response({"type": "http.response.start", "status": buffer.status, "headers": headers})
            await response({"type": "http.response.body", "body": buffer.body[:half], "more_body": True})
        raise ConnectionCut


def _first(faults: list[Fault], names: tuple[TransportFault, ...]) -> Fault | None:
    return next((one for one in faults if one.name in names), None)


async def _read(receive: Receive) -> bytes:
    """Reads the whole body, as a proxy does before it fails; otherwise the client would fail while it sends."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


class RecordedResponse:
    """A `send` that adds the `Date` header and records the call before the response ends.

    A test that counts calls right after a response would otherwise miss the last call.
    """

    def __init__(self, clock: Clock, send: Send, record: Callable[[int], None]) -> None:
        self.clock, self.send, self.record = clock, send, record
        self.status, self.ended = 0, False

    async def __call__(self, message: Message) -> None:
        """Sends one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", []), (b"date", self.clock.http_date().encode())]
            message = {**message, "headers": headers}
        elif not message.get("more_body"):
            self.end()
        await self.send(message)

    def end(self) -> None:
        """Records the call once."""
        if not self.ended:
            self.ended = True
            self.record(self.status)

    async def send_whole(self, status: int, body: bytes, media_type: str) -> None:
        """Sends a complete response."""
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})

    async def send_html(self, status: int) -> None:
        """Sends the HTML page of a proxy."""
        await self.send_whole(status, HTML.format(status).encode(), "text/html")


class ResponseBuffer:
    """A `send` that stores the response."""

    def __init__(self) -> None:
        self.status, self.body = 0, b""
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, message: Message) -> None:
        """Stores one ASGI message."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def close(scope: Scope, *, reset: bool) -> None:
    """Closes the client's connection, by a TCP reset if `reset`."""
    transport = scope["state"]["transport"]
    if reset:
        linger = struct.pack("ii", 1, 0)  # close drops unsent data and sends RST (socket(7), SO_LINGER)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    # Gives the event loop time to notice.
    await asyncio.sleep(0.01)
