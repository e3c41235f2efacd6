"""The application of the pages in the Airflow UI, and of the webhook endpoint."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp

from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.web import webhook_endpoint
from livestorm_salesforce.web.access import Forbidden
from livestorm_salesforce.web.body_limits import BodyLimits
from livestorm_salesforce.web.rendering import render
from livestorm_salesforce.web.routes import (
    attention,
    changes,
    erasure,
    mapping,
    overview,
    people,
    run_report,
    runs,
    setup,
    webinar,
    webinars,
)
from livestorm_salesforce.web.security_headers import SecurityHeaders
from livestorm_salesforce.web.translations import Translator, choose_language

STATIC = {
    "style.css": "text/css",
    "app.js": "text/javascript",
    "home-card.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "icon-dark.svg": "image/svg+xml",
}


class PagesApp(FastAPI):
    """An application whose every response, error pages included, has the headers of `SecurityHeaders`, and whose every
    form has the limits of `BodyLimits`."""

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeaders(BodyLimits(super().build_middleware_stack(), webhook_endpoint.PATH))


app = PagesApp(docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(webhook_endpoint.router)
PAGES = (
    overview, runs, run_report, webinars, webinar, people, changes, attention, mapping, setup, erasure,
)  # fmt: skip
for module in PAGES:
    app.include_router(module.router)


@app.get("/static/{name}")
def static(name: str) -> Response:
    """Style, script and icons: no data of anybody, so they need no permission."""
    if name not in STATIC:
        raise HTTPException(404)
    text = files("livestorm_salesforce.web").joinpath("static", name).read_text("utf-8")
    return Response(text, media_type=STATIC[name], headers={"Cache-Control": "public, max-age=300"})


@app.exception_handler(Forbidden)
def forbidden(request: Request, error: Forbidden) -> HTMLResponse:
    """A page that names the missing permission."""
    return _message(request, 403, f"forbidden-{error.level}")


@app.exception_handler(StarletteHTTPException)
async def http_error(request: Request, error: StarletteHTTPException) -> Response:
    """A page with an explanation: the tab of a run is often opened before the run has written anything.

    Livestorm, which sends webhook deliveries, gets JSON.
    """
    if request.url.path.endswith(webhook_endpoint.PATH):
        return await http_exception_handler(request, error)
    known = {401: "sign-in", 403: "other-site", 404: "not-found"}
    return _message(request, error.status_code, f"error-{known.get(error.status_code, 'other')}")


@app.exception_handler(RequestValidationError)
def invalid_request(request: Request, error: RequestValidationError) -> HTMLResponse:  # noqa: ARG001
    """A page instead of JSON: somebody has edited an address."""
    return _message(request, 422, "error-other")


@app.exception_handler(SyncError)
def sync_error(request: Request, error: SyncError) -> HTMLResponse:
    """A page with the cause and the remedy: messages of these errors contain no personal data."""
    return _message(request, 503, "error-product", str(error))


def _message(request: Request, status: int, message: str, detail: str = "") -> HTMLResponse:
    t = Translator(choose_language(request.cookies, request.headers.get("accept-language", "")))
    prefix = str(request.scope.get("root_path", "")).rstrip("/")
    text = render("message.html.j2", t, prefix=prefix, message=message, detail=detail, embedded=True, name="message")
    return HTMLResponse(text, status)
