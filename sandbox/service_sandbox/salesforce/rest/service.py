"""The REST API of one org, independent of the HTTP server: routing, sessions, versions and call limits."""

import logging
import re
from typing import Any

from service_sandbox.control.call_types import ServiceName
from service_sandbox.control.clock import Clock
from service_sandbox.control.faults import Faults
from service_sandbox.salesforce.model.errors import ApiError, RecordError, bad_json, not_found
from service_sandbox.salesforce.model.values import JsonTypeError
from service_sandbox.salesforce.org.org import Org
from service_sandbox.salesforce.rest import (
    bulk_ingest,
    bulk_query,
    composite,
    describe,
    metadata,
    queries,
    records,
    sobject_collections,
)
from service_sandbox.salesforce.rest.auth import OAUTH_CALLS, Auth
from service_sandbox.salesforce.rest.bulk_jobs import Jobs
from service_sandbox.salesforce.rest.call import JSON_TYPE, Call, Reply, Router
from service_sandbox.salesforce.rest.limits import Limits
from service_sandbox.salesforce.rest.metadata import Deployments
from service_sandbox.salesforce.soql.parser import LONGEST_STATEMENT
from service_sandbox.salesforce.soql.runner import Runner

log = logging.getLogger(__name__)
FIRST_VERSION, LATEST_VERSION = 31, 68
RETIRED = range(7, FIRST_VERSION)
SEASONS = ("Spring", "Summer", "Winter")
OAUTH_PATHS = ("/services/oauth2/", "/id/")
VERSIONS_PATH = "/services/data"
_DATA = re.compile(r"/services/data/(v\d+\.\d)(/.*)?")


class RestApi:
    """Handles calls to the REST API of an org.

    Attributes:
        base_url: the My Domain URL in responses; the server sets it when its port is known.
        auth: sessions.
        limits: API call limits.
        runner: queries and their cursors.
        jobs, deployments: bulk jobs, and deployments of metadata.
        max_query_length: longer queries are rejected as too complicated.
    """

    def __init__(self, org: Org, clock: Clock, *, base_url: str = "https://localhost") -> None:
        self.org, self.clock, self.base_url = org, clock, base_url
        self.auth = Auth(self)
        self.limits = Limits(org)
        self.runner = Runner(org)
        self.jobs = Jobs(self)
        self.deployments = Deployments(self)
        self.max_query_length = LONGEST_STATEMENT
        self.router = Router()
        for module in (describe, queries, records, composite, sobject_collections, bulk_ingest, bulk_query, metadata):
            module.routes(self.router)
        self.router.add("/?", GET=("resources", resources))
        self.router.add("/limits", GET=("limits", lambda service, call: service.limits.respond(call)))

    def register_faults(self, faults: Faults) -> None:
        """Registers `expired_token`, `daily_limit`, `locked_records` and `query_too_complicated`."""

        def expire_tokens(_path: str) -> None:
            self.auth.expire_all()

        def limit_calls(_path: str, remaining: int = 0) -> None:
            self.limits.set_remaining(remaining)

        def lock_records(_path: str, records: int = 1) -> None:
            self.org.reject_next_writes(records)

        def limit_queries(_path: str, characters: int = 20_000) -> None:
            self.max_query_length = characters

        faults.register(ServiceName.SALESFORCE, "expired_token", expire_tokens)
        faults.register(ServiceName.SALESFORCE, "daily_limit", limit_calls)
        faults.register(ServiceName.SALESFORCE, "locked_records", lock_records)
        faults.register(ServiceName.SALESFORCE, "query_too_complicated", limit_queries)

    @property
    def call_types(self) -> set[str]:
        """All call types of this API."""
        return {"versions", "unknown", composite.DESCRIBES, *OAUTH_CALLS} | self.router.call_types

    def call_type(self, method: str, path: str) -> str:
        """Returns the call type, for example `query`, `collections.create`, `bulk.upload` or `token`."""
        path = path.rstrip("/")
        if path == VERSIONS_PATH:
            return "versions"
        if path.startswith(OAUTH_PATHS):
            return self.auth.call_type(path)
        match = _DATA.fullmatch(path)
        try:
            return self.router.find(method, match[2] or "/")[0] if match else "unknown"
        except ApiError:
            return "unknown"

    @staticmethod
    def error_body(status: int) -> tuple[Any, str]:
        """Returns body and media type of an error with this status in the format of Salesforce."""
        if status in (502, 503, 504):
            return [{"message": "The server is temporarily unavailable", "errorCode": "SERVER_UNAVAILABLE"}], JSON_TYPE
        message = "An unexpected error occurred. Please include this ErrorId if you contact support: 1-1 (1)"
        return [{"message": message, "errorCode": "UNKNOWN_EXCEPTION"}], JSON_TYPE

    def respond(self, call: Call) -> Reply:
        """Returns the response to a call, including error responses."""
        try:
            return self._handle(call)
        except ApiError as error:
            return Reply(error.status, error.body)
        except RecordError as error:
            rejected = ApiError.of(error)
            return Reply(rejected.status, rejected.body)
        except JsonTypeError as error:
            return Reply(400, bad_json(str(error)).body)
        except Exception:
            log.exception("the sandbox failed on a call of type %s", self.call_type(call.method, call.path))
            return Reply(500, self.error_body(500)[0])

    def _handle(self, call: Call) -> Reply:
        path = call.path.rstrip("/")
        if path == VERSIONS_PATH:
            return Reply(200, versions())
        if path.startswith(OAUTH_PATHS):
            return self.auth.respond(call, path)
        match = _DATA.fullmatch(path)
        if not match:
            raise not_found()
        call.version = match[1]
        self.check_version(call)
        if not call.nested:
            call.user = self.auth.user_of(call)
            self.limits.spend()
            self.org.automation.before_call()
        _, handler, parts = self.router.find(call.method, match[2] or "/", call.number)
        return handler(self, call, **parts)

    @staticmethod
    def check_version(call: Call) -> None:
        """Raises ApiError if the version is retired or does not exist."""
        if int(call.number) in RETIRED:
            message = f"API version {call.version[1:]} is retired; use version {FIRST_VERSION}.0 or later"
            raise ApiError(410, "UNSUPPORTED_API_VERSION", message)
        if call.number not in range(FIRST_VERSION, LATEST_VERSION + 1):
            raise not_found()


def versions() -> list[dict[str, str]]:
    """Returns the list at `/services/data`, which needs no session and does not count as a call."""
    listed = []
    for number in range(FIRST_VERSION, LATEST_VERSION + 1):
        release = number - 31
        season, year = SEASONS[(release + 1) % 3], (release + 1) // 3 + 14
        listed.append({"label": f"{season} '{year + (season == 'Winter')}", "url": f"/services/data/v{number}.0",
                       "version": f"{number}.0"})  # fmt: skip
    return listed


def resources(service: RestApi, call: Call) -> Reply:
    """`GET /services/data/vXX.X`: the resources of a version."""
    call.params()
    root = f"/services/data/{call.version}"
    names = {"limits": "limits", "sobjects": "sobjects", "query": "query", "queryAll": "queryAll",
             "composite": "composite", "jobs": "jobs", "metadata": "metadata"}  # fmt: skip
    listed = {key: f"{root}/{value}" for key, value in names.items()}
    return Reply(200, {**listed, "identity": service.auth.identity_url(call.user)})
