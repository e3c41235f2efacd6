"""One call to the API, independent of the web framework."""

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from service_sandbox.livestorm import params
from service_sandbox.livestorm.errors import ApiError, not_found
from service_sandbox.livestorm.params import Query
from service_sandbox.livestorm.store import Row
from service_sandbox.livestorm.workspace import Workspace

Found = TypeVar("Found")
JSON_TYPES = ("application/json", "application/vnd.api+json")


@dataclass
class Reply:
    """A response: status and JSON body (None: no body)."""

    status: int
    body: Any = None


@dataclass
class RequestContext:
    """A call, and the values that its handler reports to the call log.

    Attributes:
        parts: parameters of the path.
        pairs: query parameters, not decoded further.
        raw: request body.
        short_page: maximum number of rows on a page that is not the last one; None without this fault.
        ignored: unsupported query parameters, set by `query`.
        records: number of records in the response.
    """

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
        """Parses the query string; see `params.parse`."""
        query = params.parse(self.pairs, **known)
        self.ignored = query.ignored
        return query

    def data(self, resource_type: str) -> dict[str, Any]:
        """Returns `data.attributes` of the body.

        Raises:
            ApiError: 400, the body is not a document of this type.
        """
        attributes = self.document(resource_type).get("attributes", {})
        if not isinstance(attributes, dict):
            raise ApiError(400, "data.attributes must be an object")
        return attributes

    def document(self, resource_type: str) -> dict[str, Any]:
        """Returns `data` of the body.

        Raises:
            ApiError: 400, the body is not a document of this type.
        """
        if self.content_type.split(";")[0].strip().lower() not in JSON_TYPES:
            raise ApiError(400, f"Content-Type must be one of {', '.join(JSON_TYPES)}")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise ApiError(400, "The body is not valid JSON") from None
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict) or data.get("type") != resource_type:
            raise ApiError(400, f"The body must be an object with data.type '{resource_type}'")
        return data

    def list_reply(self, resources: list[Any], meta: dict[str, Any], included: list[Any] | None = None) -> Reply:
        """Returns the response of a list endpoint."""
        if self.short_page is not None and meta["next_page"] is not None:
            resources = resources[: self.short_page]
        self.records = len(resources)
        body: dict[str, Any] = {"data": resources, "meta": meta}
        if included is not None:
            body["included"] = included
        return Reply(200, body)

    def reply(self, resource: Any, status: int = 200, included: list[Any] | None = None) -> Reply:
        """Returns a response with one resource."""
        self.records = 1
        return Reply(status, {"data": resource, **({} if included is None else {"included": included})})

    def event(self) -> Row:
        """Returns the event in the path.

        Raises:
            ApiError: 404, the event does not exist.
        """
        return require(self.workspace.reader.event(self.parts["event_id"]))

    def session(self) -> Row:
        """Returns the session in the path.

        Raises:
            ApiError: 404, the session does not exist.
        """
        return require(self.workspace.reader.session(self.parts["session_id"]))


def require(row: Found | None) -> Found:
    """Returns a found row.

    Raises:
        ApiError: 404, the row is None or empty.
    """
    if not row:
        raise not_found()
    return row
