"""Headers of every response: pages and CSV files contain personal data."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@cache
def security_headers() -> dict[str, str]:
    """No copy in a cache, no guess at the content type, no script, no style but that of `templates/style.css`, and no
    frame but Airflow's own.
    """
    style = files("livestorm_salesforce.web").joinpath("templates", "style.css").read_text("utf-8")
    rendered = style.removesuffix("\n")  # Jinja removes the last line feed of an included file
    digest = base64.b64encode(hashlib.sha256(rendered.encode()).digest()).decode()
    return {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'",
    }


class SecurityHeaders:
    """ASGI middleware that sets `security_headers` on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(security_headers())
            await send(message)

        await self._app(scope, receive, send_with_headers)
