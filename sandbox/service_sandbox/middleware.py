"""What stands before each service: logs every call, applies faults, dates every answer by the sandbox's clock."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_sandbox.calls import CallLog
from service_sandbox.clock import Clock
from service_sandbox.delayed_calls import Late
from service_sandbox.faults import Fault, Faults

HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0} Bad Gateway</h1><hr>proxy</body></html>"
UNSEEN = ("reset", "cut_before", "html", "not_json", "error")
"""Faults that strike before the service has seen the call."""
SILENT = ("reset", "cut_before", "cut_after")
ADMIN = "/_sandbox"


class Cut(Exception):
    """The connection is to be closed here."""


class Witness:
    """ASGI middleware around one service.

    The service may set on `request.state`: `kind` (otherwise `kind_of`), `cost` (otherwise 1), `records`, `ignored`. It
    finds there `short_page`: the most rows that its next page may have, or None. Calls under `/_sandbox` pass unseen.

    Args:
        kind_of: method and path to the kind of call, known before the service handles it, for faults by kind.
        error_body: status to (body, media type) of an error in the service's own shape.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        clock: Clock,
        calls: CallLog,
        faults: Faults,
        late: Late,
        kind_of: Callable[[str, str], str],
        error_body: Callable[[int], tuple[Any, str]],
    ) -> None:
        self.app, self.service, self.clock, self.calls, self.faults = app, service, clock, calls, faults
        self.late = late
        self.kind_of, self.error_body = kind_of, error_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN):
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").split("?")[0]
        kind = self.kind_of(scope["method"], path)
        came, started = self.clock.timestamp(), time.monotonic()
        struck: list[Fault] = []
        if self.faults.list():
            # In a thread: a fault that changes the service's state waits for its database.
            struck = await run_in_threadpool(self.faults.strike, self.service, scope["method"], path, kind)
        state["short_page"] = next((int(one.params.get("rows", 1)) for one in struck if one.name == "short_page"), None)

        def record(status: int) -> None:
            self.calls.record(
                time=came, service=self.service, method=scope["method"], path=path, kind=state.get("kind", kind),
                status=status, cost=state.get("cost", 0 if _unseen(struck) else 1), records=state.get("records", 0),
                seconds=round(time.monotonic() - started, 4), fault=",".join(one.name for one in struck) or None,
                ignored=tuple(state.get("ignored", ())),
            )  # fmt: skip

        answer = Answer(self.clock, send, record)
        try:
            await self._answer(scope, receive, answer, struck)
        except Cut:
            answer.end()
            await close(scope, hard=any(one.name == "reset" for one in struck))
        except ClientDisconnect:
            # The client gave up while it was still sending: there is nobody left to answer.
            answer.end()

    async def _answer(self, scope: Scope, receive: Receive, answer: "Answer", struck: list[Fault]) -> None:
        for fault in struck:
            if fault.name == "slow":
                await asyncio.sleep(float(fault.params.get("seconds", 1)))
        first = next((one for one in struck if one.name in UNSEEN), None)
        if first:
            await self._read(receive)
            await self._refuse(first, answer)
            return
        late = next((one for one in struck if one.name == "cut_late"), None)
        if late:
            await self._put_off(late, scope, receive)
            raise Cut
        after = next((one for one in struck if one.name in ("cut_after", "truncated", "html_after")), None)
        if after is None:
            await self.app(scope, receive, answer)
            return
        kept = Kept()
        await self.app(scope, receive, kept)
        await self._spoil(after, kept, answer)

    @staticmethod
    async def _read(receive: Receive) -> bytes:
        """Take the whole body in, as a proxy does before it fails; else the client would fail while sending."""
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body

    async def _put_off(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        body = await self._read(receive)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        self.late.put_off(float(fault.params.get("seconds", 1)), lambda: self.app(scope, again, Kept()))

    async def _refuse(self, fault: Fault, answer: "Answer") -> None:
        if fault.name in SILENT:
            raise Cut
        if fault.name == "html":
            status = int(fault.params.get("status", 502))
            await answer.whole(status, HTML.format(status).encode(), "text/html")
        elif fault.name == "not_json":
            await answer.whole(int(fault.params.get("status", 401)), b"Unauthorized", "text/plain")
        else:
            status = int(fault.params.get("status", 500))
            body, media_type = self.error_body(status)
            await answer.whole(status, json.dumps(body).encode(), media_type)

    @staticmethod
    async def _spoil(fault: Fault, kept: "Kept", answer: "Answer") -> None:
        if fault.name == "cut_after":
            raise Cut
        if fault.name == "html_after":
            status = int(fault.params.get("status", 502))
            await answer.whole(status, HTML.format(status).encode(), "text/html")
            return
        half = len(kept.body) // 2
        headers = [(name, value) for name, value in kept.headers if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(kept.body) or 1).encode()))
        await answer({"type": "http.response.start", "status": kept.status, "headers": headers})
        await answer({"type": "http.response.body", "body": kept.body[:half], "more_body": True})
        raise Cut


def _unseen(struck: list[Fault]) -> bool:
    return any(one.name in UNSEEN for one in struck)


class Answer:
    """The real `send`, which dates every answer, and records the call before the client can know that it is over.

    Otherwise a test that counts right after an answer could count one call too few.
    """

    def __init__(self, clock: Clock, send: Send, record: Callable[[int], None]) -> None:
        self.clock, self.send, self.record = clock, send, record
        self.status, self.ended = 0, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", []), (b"date", self.clock.http_date().encode())]
            message = {**message, "headers": headers}
        elif not message.get("more_body"):
            self.end()
        await self.send(message)

    def end(self) -> None:
        """Record the call, once."""
        if not self.ended:
            self.ended = True
            self.record(self.status)

    async def whole(self, status: int, body: bytes, media_type: str) -> None:
        """Send an answer in one go."""
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


class Kept:
    """A `send` that keeps the answer instead of sending it."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 0, [], b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def close(scope: Scope, *, hard: bool) -> None:
    """Close the client's connection; hard means with a TCP reset. Returns when the server has taken note."""
    transport = scope["state"]["transport"]
    if hard:
        linger = struct.pack("ii", 1, 0)  # close drops what is unsent and sends RST (socket(7), SO_LINGER)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    await asyncio.sleep(0.01)
