"""Request bodies of clients that are not authenticated yet: limited in number, size and time."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

#: Maximum size of a body in bytes; a registrant with a long form has a few thousand.
MAX_BODY = 256 * 1024
#: Seconds in which a whole body must arrive.
BODY_TIMEOUT = 20.0
#: Bodies that a process receives at the same time. Livestorm's arrive within milliseconds.
MAX_BODIES = 64


def rejection(status: int) -> HTTPException:
    """An error without details; the connection is closed without reading the rest of the request."""
    return HTTPException(status, headers={"Connection": "close"})


class BodyReader:
    """Reads bodies within the limits of one process. Memory holds at most `bodies` times `size` bytes and a chunk each.

    If more bodies arrive than `bodies`, the oldest one is given up: a body that is sent slowly on purpose cannot keep
    out a delivery that arrives at once.

    Args:
        size: maximum bytes of a body.
        seconds: in which a whole body must arrive.
        bodies: maximum number at the same time.
    """

    def __init__(self, size: int = MAX_BODY, seconds: float = BODY_TIMEOUT, bodies: int = MAX_BODIES) -> None:
        self._size, self._seconds, self._bodies = size, seconds, bodies
        self._pending: dict[asyncio.Timeout, None] = {}  # oldest first

    async def read(self, request: Request) -> bytes:
        """Read the body.

        Raises:
            HTTPException: 413 too large; 408 too slow, or given up for newer ones; 400 the client disconnected.
        """
        try:
            async with asyncio.timeout(self._seconds) as deadline:
                self._admit(deadline)
                try:
                    return await self._receive(request)
                finally:
                    self._pending.pop(deadline, None)
        except TimeoutError:
            raise rejection(408) from None
        except ClientDisconnect:
            raise rejection(400) from None

    def _admit(self, deadline: asyncio.Timeout) -> None:
        if len(self._pending) >= self._bodies:
            oldest = next(iter(self._pending))
            del self._pending[oldest]
            oldest.reschedule(asyncio.get_running_loop().time())
        self._pending[deadline] = None

    async def _receive(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._size:
                raise rejection(413)
        return bytes(body)
