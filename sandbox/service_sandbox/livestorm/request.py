"""One call to the API, free of any web framework."""

import json
from dataclasses import dataclass, field
from typing import Any

from service_sandbox.livestorm import params
from service_sandbox.livestorm.errors import ApiError, not_found
from service_sandbox.livestorm.params import Query
from service_sandbox.livestorm.workspace import Workspace

JSON_TYPES = ("application/json", "application/vnd.api+json")


@dataclass
class Reply:
    """Status and JSON body (None: no body)."""

    status: int
    body: Any = None


@dataclass
class Ask:
    """A call with its path's parts, query pairs and body, and what the call log wants to know of it."""

    workspace: Workspace
    method: str
    parts: dict[str, str]
    pairs: list[tuple[str, str]]
    raw: bytes = b""
    content_type: str = ""
    short_page: int | None = None
    ignored: list[str] = field(default_factory=list)
    records: int = 0

    def query(self, **known: Any) -> Query:
        """The query string; see `params.parse`."""
        query = params.parse(self.pairs, **known)
        self.ignored = query.ignored
        return query

    def data(self, kind: str) -> dict[str, Any]:
        """`data.attributes` of the body. Raises ApiError (400) if the body is not such a document."""
        attributes = self.document(kind).get("attributes", {})
        if not isinstance(attributes, dict):
            raise ApiError(400, "data.attributes must be an object")
        return attributes

    def document(self, kind: str) -> dict[str, Any]:
        """`data` of the body, of the given type."""
        if self.content_type.split(";")[0].strip().lower() not in JSON_TYPES:
            raise ApiError(400, f"Content-Type must be one of {', '.join(JSON_TYPES)}")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise ApiError(400, "The body is not valid JSON") from None
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict) or data.get("type") != kind:
            raise ApiError(400, f"The body must be an object with data.type '{kind}'")
        return data

    def listing(self, resources: list[Any], meta: dict[str, Any], included: list[Any] | None = None) -> Reply:
        """The answer of a list endpoint."""
        if self.short_page is not None and meta["next_page"] is not None:
            resources = resources[: self.short_page]
        self.records = len(resources)
        body: dict[str, Any] = {"data": resources, "meta": meta}
        if included is not None:
            body["included"] = included
        return Reply(200, body)

    def single(self, resource: Any, status: int = 200, included: list[Any] | None = None) -> Reply:
        """The answer with one resource."""
        self.records = 1
        return Reply(status, {"data": resource, **({} if included is None else {"included": included})})

    def event(self) -> dict[str, Any]:
        """The event that the path names. Raises ApiError (404)."""
        return found(self.workspace.reader.event(self.parts["event_id"]))

    def session(self) -> dict[str, Any]:
        """The session that the path names. Raises ApiError (404)."""
        return found(self.workspace.reader.session(self.parts["session_id"]))


def found(row: Any) -> Any:
    """What was found. Raises ApiError (404) if it was nothing."""
    if not row:
        raise not_found()
    return row
