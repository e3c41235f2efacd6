"""Bodies of forms are read within limits before the application sees them: it would read them before it asks who sends
them.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from livestorm_salesforce.web.body_reader import BodyReader

#: Maximum size of a form in bytes: a draft of the mapping, URL-encoded.
MAX_FORM = 1024 * 1024
#: Forms that a process receives at the same time.
MAX_FORMS = 32
#: Methods of which no route reads a body.
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
#: Makes the response to a request whose body was rejected.
Answer = Callable[[Request, HTTPException], Response]


def _empty(request: Request, error: HTTPException) -> Response:  # noqa: ARG001
    return Response(status_code=error.status_code)


class BodyLimits:
    """ASGI middleware that answers 413 or 408 to a body that is too large or too slow.

    Args:
        exempt: end of the path of a route that reads its body within limits of its own.
        answer: makes the response to a rejected body; None: an empty one.
    """

    def __init__(
        self, app: ASGIApp, exempt: str, reader: BodyReader | None = None, answer: Answer | None = None
    ) -> None:
        self._app, self._exempt, self._answer = app, exempt, answer or _empty
        self._reader = reader or BodyReader(MAX_FORM, bodies=MAX_FORMS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY or scope["path"].endswith(self._exempt):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._reader.read(Request(scope, receive))
        except HTTPException as error:
            answer = self._answer(Request(scope), error)
            answer.headers.update(error.headers or {})
            await answer(scope, receive, send)
            return
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return unread.pop() if unread else await receive()

        await self._app(scope, replay, send)
