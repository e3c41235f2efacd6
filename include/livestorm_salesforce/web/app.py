"""The application of the pages in the Airflow UI, and of the webhook endpoint."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
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
    planned_changes,
    run_report,
    runs,
    setup,
    undo,
    webinar,
    webinars,
)
from livestorm_salesforce.web.security_headers import SecurityHeaders
from livestorm_salesforce.web.translations import Translator, choose_language
from livestorm_salesforce.web.visit import Viewer, known_visit

STATIC = {
    "style.css": "text/css",
    "app.js": "text/javascript",
    "home-card.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "icon-dark.svg": "image/svg+xml",
}
#: What a route did not find, as the detail of its 404: last part of the id of a message.
SUBJECTS = ("webinar", "run", "list")


class PagesApp(FastAPI):
    """An application whose every response, error pages included, has the headers of `SecurityHeaders`, and whose every
    form has the limits of `BodyLimits`."""

    def build_middleware_stack(self) -> ASGIApp:
        limited = BodyLimits(super().build_middleware_stack(), webhook_endpoint.PATH, answer=rejected_form)
        return SecurityHeaders(limited)


app = PagesApp(docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(webhook_endpoint.router)
PAGES = (
    overview, runs, run_report, planned_changes, undo, webinars, webinar, people, changes, attention, mapping, setup,
    erasure,
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


@app.get("/{path:path}", response_class=HTMLResponse)
def unknown_page(visit: Viewer, path: str) -> Response:
    """Any other address: a page that says so; an address with a slash too many is corrected."""
    if path.endswith("/"):
        address = visit.request.url
        return RedirectResponse(str(address.replace(path=address.path.rstrip("/"))))
    raise HTTPException(404)


@app.exception_handler(Forbidden)
def forbidden(request: Request, error: Forbidden) -> HTMLResponse:
    """A page that names the missing permission."""
    return _message(request, 403, f"forbidden-{error.level}")


@app.exception_handler(StarletteHTTPException)
async def http_error(request: Request, error: StarletteHTTPException) -> Response:
    """A page with an explanation; the detail of a 404 names what was not found.

    Livestorm, which sends webhook deliveries, gets JSON.
    """
    if request.url.path.endswith(webhook_endpoint.PATH):
        return await http_exception_handler(request, error)
    known = {401: "sign-in", 403: "other-site", 404: f"no-{error.detail}" if error.detail in SUBJECTS else "not-found"}
    message = f"error-{known.get(error.status_code, 'other')}"
    return await run_in_threadpool(_message, request, error.status_code, message)


def rejected_form(request: Request, error: HTTPException) -> HTMLResponse:
    """A page for a form that is too large or arrived too slowly; nobody has asked yet who sends it."""
    return _message(request, error.status_code, "error-too-large" if error.status_code == 413 else "error-too-slow")


@app.exception_handler(RequestValidationError)
def invalid_request(request: Request, error: RequestValidationError) -> HTMLResponse:
    """A page that names the wrong values: somebody has edited an address."""
    names = dict.fromkeys(str(one["loc"][-1]) for one in error.errors())
    return _message(request, 422, "error-invalid", names=", ".join(names))


@app.exception_handler(SyncError)
def sync_error(request: Request, error: SyncError) -> HTMLResponse:
    """A page with the cause and the remedy: messages of these errors contain no personal data."""
    return _message(request, 503, "error-product", error=error)


@app.exception_handler(Exception)
def unexpected_error(request: Request, error: Exception) -> HTMLResponse:  # noqa: ARG001
    """A page without the message, which may quote personal data; the server logs the traceback."""
    return _message(request, 500, "error-unexpected")


def _message(
    request: Request, status: int, message: str, error: SyncError | None = None, names: str = ""
) -> HTMLResponse:
    """A page in words, with the navigation if the user is known."""
    values = {"message": message, "error": error, "names": names}
    with suppress(Exception):  # the database that failed may be the one with the permissions
        if visit := known_visit(request):
            return visit.page("message.html.j2", "message", status=status, **values)
    t = Translator(choose_language(request.cookies, request.headers.get("accept-language", "")))
    prefix = str(request.scope.get("root_path", "")).rstrip("/")
    airflow = prefix.rpartition("/")[0]
    text = render("message.html.j2", t, prefix=prefix, airflow=airflow, embedded=True, name="message", **values)
    return HTMLResponse(text, status)
