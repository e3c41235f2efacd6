"""The Livestorm API as a Starlette application: paths, tokens, scopes and rate limits."""

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from service_sandbox.livestorm import read_endpoints as read
from service_sandbox.livestorm import write_endpoints as write
from service_sandbox.livestorm.errors import MEDIA_TYPE, ApiError, DoorkeeperError, not_found
from service_sandbox.livestorm.request_context import Reply, RequestContext
from service_sandbox.livestorm.workspace import Workspace

Handler = Callable[[RequestContext], Reply]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
PEOPLE, EVENT, SESSION = "/sessions/{session_id}/people", "/events/{event_id}", "/sessions/{session_id}"


def not_emulated(_context: RequestContext) -> Reply:
    """Rejects a call that Livestorm supports and the sandbox does not."""
    raise ApiError(501, "Livestorm supports this call, the sandbox does not emulate it")


CALLS: tuple[tuple[str, str, str, str, Handler], ...] = (
    ("GET", "/ping", "", "ping", read.ping),
    ("GET", "/me", "identity:read", "me", read.organization),
    ("GET", "/organization", "identity:read", "organization", read.organization),
    ("GET", "/events", "events:read", "events.list", read.list_events),
    ("POST", "/events", "events:write", "events.create", write.create_event),
    ("GET", EVENT, "events:read", "events.get", read.get_event),
    ("PATCH", EVENT, "events:write", "events.edit", write.edit_event),
    ("PUT", EVENT, "events:write", "events.edit", write.edit_event),
    ("DELETE", EVENT, "events:write", "events.delete", write.delete_event),
    ("POST", f"{EVENT}/tags", "events:write", "events.tag", write.tag_event),
    ("DELETE", f"{EVENT}/tags", "events:write", "events.tag", write.tag_event),
    ("GET", f"{EVENT}/people", "events:read", "events.people", read.event_people),
    ("GET", f"{EVENT}/people/{{person_id}}", "events:read", "events.person", read.event_person),
    ("GET", f"{EVENT}/sessions", "events:read", "events.sessions", read.event_sessions),
    ("POST", f"{EVENT}/sessions", "events:write", "sessions.create", write.create_session),
    ("GET", "/sessions", "events:read", "sessions.list", read.list_sessions),
    ("GET", SESSION, "events:read", "sessions.get", read.get_session),
    ("PATCH", SESSION, "events:write", "sessions.edit", write.edit_session),
    ("PUT", SESSION, "events:write", "sessions.edit", write.edit_session),
    ("DELETE", SESSION, "events:write", "sessions.delete", write.delete_session),
    ("GET", PEOPLE, "events:read", "sessions.people", read.session_people),
    ("POST", PEOPLE, "events:write", "people.register", write.register),
    ("DELETE", PEOPLE, "events:write", "people.unregister", write.unregister),
    ("POST", f"{PEOPLE}/bulk", "events:write", "not_emulated", not_emulated),
    ("GET", f"{PEOPLE}/{{person_id}}", "events:read", "sessions.person", read.session_person),
    ("PATCH", f"{PEOPLE}/{{person_id}}", "events:write", "people.edit", write.edit_registrant),
    ("DELETE", f"{PEOPLE}/{{person_id}}", "events:write", "people.unregister", write.unregister),
    ("GET", f"{SESSION}/chat_messages", "events:read", "not_emulated", not_emulated),
    ("GET", f"{SESSION}/questions", "events:read", "not_emulated", not_emulated),
    ("GET", f"{SESSION}/recordings", "events:read", "not_emulated", not_emulated),
    ("GET", "/people", "events:read", "people.list", read.list_people),
    ("GET", "/people/{person_id}", "events:read", "people.get", read.get_person),
    ("GET", "/people_attributes", "events:read", "people_attributes", read.people_attributes),
    ("GET", "/jobs/{job_id}", "events:read", "not_emulated", not_emulated),
    ("GET", "/jobs/{job_id}/tasks", "events:read", "not_emulated", not_emulated),
    ("GET", "/users", "admin:read", "users", read.users),
    ("POST", "/users", "admin:write", "not_emulated", not_emulated),
    ("DELETE", "/users/{user_id}", "admin:write", "not_emulated", not_emulated),
    ("GET", "/webhooks", "webhooks:read", "webhooks.list", write.list_webhooks),
    ("POST", "/webhooks", "webhooks:write", "webhooks.create", write.create_webhook),
    ("DELETE", "/webhooks/{webhook_id}", "webhooks:write", "webhooks.delete", write.delete_webhook),
)
"""Method, path below /v1, required scope, call type, handler."""


def unknown(_context: RequestContext) -> Reply:
    """Rejects a path or method that Livestorm does not support."""
    raise not_found()


class Api:
    """Routes of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.routes = [
            Route(f"/v1{path}", self._endpoint(scope, call_type, handler), methods=[method], name=call_type)
            for method, path, scope, call_type, handler in CALLS
        ]
        self.routes.append(Route("/{path:path}", self._endpoint("", "unknown", unknown), methods=METHODS))

    @property
    def call_types(self) -> set[str]:
        """All call types of this API."""
        return {route.name for route in self.routes[:-1]} | {"unknown"}

    def call_type(self, method: str, path: str) -> str:
        """Returns the call type for the call log and faults."""
        scope = {"type": "http", "method": method, "path": path}
        return next((route.name for route in self.routes[:-1] if route.matches(scope)[0] is Match.FULL), "unknown")

    def _endpoint(self, scope: str, call_type: str, handler: Handler) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            request.state.call_type = call_type
            return await run_in_threadpool(self._answer, request, await request.body(), scope, handler)

        return endpoint

    def _answer(self, request: Request, raw: bytes, scope: str, handler: Handler) -> Response:
        headers: dict[str, str] = {}
        context = RequestContext(
            self.workspace, request.method, dict(request.path_params), request.query_params.multi_items(), raw,
            request.headers.get("content-type", ""), getattr(request.state, "short_page", None),
        )  # fmt: skip
        request.state.cost = 0
        try:
            granted = self._granted_scopes(request.headers.get("authorization"))
            headers = self.workspace.quota.spend()
            request.state.cost = 1
            self._check_scope(scope, granted)
            with self.workspace.lock:
                reply = handler(context)
        except ApiError as error:
            headers = {**headers, **error.headers}
            reply = Reply(error.status, error.body)
        request.state.ignored, request.state.records = context.ignored, context.records
        if reply.body is None:
            return Response(None, reply.status, headers)
        return Response(json.dumps(reply.body, ensure_ascii=False), reply.status, headers, media_type=MEDIA_TYPE)

    def _granted_scopes(self, authorization: str | None) -> list[str]:
        """Returns the scopes of the token. A `Bearer` token is an OAuth token, and the sandbox has none."""
        if authorization is None:
            raise ApiError(401, "The Authorization header is missing")
        if authorization.lower().startswith("bearer "):
            raise DoorkeeperError
        granted = self.workspace.scopes_of(authorization.strip())
        if granted is None:
            raise ApiError(401, "The API token is invalid")
        if not self.workspace.settings.api_enabled:
            raise ApiError(403, "This workspace is not allowed to use the API")
        return granted

    def _check_scope(self, needed: str, granted: list[str]) -> None:
        write_scope = needed.removesuffix("read") + "write" if needed.endswith(":read") else needed
        if needed and needed not in granted and write_scope not in granted:
            status = self.workspace.settings.missing_scope_status
            raise ApiError(status, f"The token lacks the scope {needed}")


def create_app(workspace: Workspace) -> Starlette:
    """Returns the application; `app.state.api` is its `Api`.

    It reads `request.state.short_page`, and sets `call_type`, `cost`, `records` and `ignored` for the call log.
    """
    api = Api(workspace)
    app = Starlette(routes=api.routes)
    app.state.api = api
    return app
