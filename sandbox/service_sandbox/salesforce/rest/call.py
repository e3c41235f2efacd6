"""One call to the REST API, independent of the web framework: subrequests of `composite` are calls, too."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from service_sandbox.salesforce.model.errors import ApiError, bad_json, not_found

JSON_TYPE = "application/json;charset=UTF-8"


@dataclass
class Reply:
    """A response.

    Attributes:
        body: JSON data, bytes, or None for an empty body.
        call_type: the call type, if the path does not determine it.
    """

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON_TYPE
    call_type: str = ""


@dataclass
class Call:
    """A call with its user and version.

    Attributes:
        nested: the call is a subrequest of `composite`.
        short_page: maximum number of rows on a page; None without this fault.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    user: Any = None
    version: str = ""
    nested: bool = False
    short_page: int | None = None

    @property
    def number(self) -> float:
        """API version as a number."""
        return float(self.version[1:])

    def params(self, *known: str) -> dict[str, str]:
        """Returns the query parameters.

        Raises:
            ApiError: 400, a parameter is unknown. Salesforce ignores many; an emulator should report them.
        """
        given = dict(parse_qsl(self.query, keep_blank_values=True))
        for name in given:
            if name not in known:
                raise ApiError(400, "INVALID_QUERY_PARAMETER", f"Unsupported query parameter: {name}")
        return given

    def json(self, *known: str) -> dict[str, Any]:
        """Returns the body as a JSON object.

        Raises:
            ApiError: 400, the body is not a JSON object or has a property that is not `known` (if given); 415, the
                content type is not JSON.
        """
        if "json" not in self.headers.get("content-type", "application/json" if self.nested else ""):
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json for this resource")
        try:
            data = json.loads(self.body)
        except ValueError as error:
            raise bad_json(f"Unexpected character or end of input: {error}") from None
        if not isinstance(data, dict):
            raise bad_json("The HTTP entity body is required, but this request has no entity body.")
        for name in data:
            if known and name not in known:
                raise bad_json(f'Unrecognized field "{name}" at [line:1, column:{self._column(name)}]')
        return data

    def _column(self, name: str) -> int:
        return max(self.body.find(f'"{name}"'.encode()), 0) + 2

    def options(self, header: str) -> dict[str, str]:
        """Parses a header of `key=value; key=value` pairs; returns keys in lower case."""
        pairs = re.split(r"[;,]", self.headers.get(header.lower(), ""))
        split = (pair.partition("=") for pair in pairs if "=" in pair)
        return {key.strip().lower(): value.strip() for key, _, value in split}

    def truth(self, header: str, key: str | None = None, default: bool = False) -> bool:
        """Returns a boolean header, or a boolean option of a header."""
        text = self.options(header).get(key.lower()) if key else self.headers.get(header.lower())
        return default if text is None else text.strip().lower() == "true"


Handler = Callable[..., Reply]


@dataclass
class Route:
    """A path pattern below `/services/data/vXX.X`, its methods and what to call."""

    pattern: re.Pattern[str]
    methods: dict[str, tuple[str, Handler]]
    since: float


class Router:
    """Finds the handler of a path."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, path: str, *, since: float = 0, **methods: tuple[str, Handler]) -> None:
        """Adds a route.

        Args:
            path: pattern with `{name}` parts; `{name:rest}` includes slashes.
            since: first API version that has the path.
            methods: (call type, handler) per method.
        """
        pattern = re.sub(r"\{(\w+):rest\}", r"(?P<\1>.+)", path)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self.routes.append(Route(re.compile(pattern), methods, since))

    @property
    def call_types(self) -> set[str]:
        """The call types of all routes."""
        return {call_type for route in self.routes for call_type, _ in route.methods.values()}

    def find(self, method: str, path: str, version: float = 99) -> tuple[str, Handler, dict[str, str]]:
        """Returns call type, handler and decoded path parts. HEAD is handled like GET.

        Raises:
            ApiError: 404 for an unknown path, 405 for an unknown method.
        """
        for route in self.routes:
            match = route.pattern.fullmatch(path)
            if not match or version < route.since:
                continue
            chosen = route.methods.get("GET" if method == "HEAD" else method)
            if chosen is None:
                allowed = ",".join(["HEAD"] * ("GET" in route.methods) + sorted(route.methods))
                message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
                raise ApiError(405, "METHOD_NOT_ALLOWED", message)
            return chosen[0], chosen[1], {key: unquote(value) for key, value in match.groupdict().items()}
        raise not_found()
