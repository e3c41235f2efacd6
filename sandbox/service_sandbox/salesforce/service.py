"""The REST API of one org: paths to handlers, sessions, versions and call limits; no HTTP server in here."""

import logging
import re
from typing import Any

from service_sandbox.salesforce import (
    bulk1,
    bulk_ingest,
    bulk_query,
    composite,
    describe,
    queries,
    records,
    sobject_collections,
)
from service_sandbox.salesforce.auth import OAUTH, Auth
from service_sandbox.salesforce.bulk1 import Bulk1
from service_sandbox.salesforce.call import JSON_TYPE, Call, Reply, Router
from service_sandbox.salesforce.errors import ApiError, Refusal, bad_json, not_found
from service_sandbox.salesforce.jobs import Jobs
from service_sandbox.salesforce.limits import Limits
from service_sandbox.salesforce.soql_parse import LONGEST_STATEMENT
from service_sandbox.salesforce.soql_run import Runner
from service_sandbox.salesforce.values import WrongType

log = logging.getLogger(__name__)
FIRST_VERSION, LATEST_VERSION = 31, 68
RETIRED = range(7, FIRST_VERSION)
SEASONS = ("Spring", "Summer", "Winter")
_DATA = re.compile(r"/services/data/(v\d+\.\d)(/.*)?")


class Service:
    """Everything a call needs: the org, its sessions, limits, cursors and jobs."""

    def __init__(self, org: Any, clock: Any, *, base_url: str = "https://localhost"):
        self.org, self.clock = org, clock
        self.base_url = base_url
        self.auth = Auth(self)
        self.limits = Limits(org)
        self.runner = Runner(org)
        self.jobs = Jobs(self)
        self.simple_query = LONGEST_STATEMENT
        self.router = Router()
        for module in (describe, queries, records, composite, sobject_collections, bulk_ingest, bulk_query):
            module.routes(self.router)
        self.router.add("/?", GET=("resources", resources))
        self.bulk1 = Bulk1(self)
        self.router.add("/limits", GET=("limits", lambda service, call: service.limits.answer(call)))

    @property
    def kinds(self) -> set[str]:
        """What `kind` can answer to paths that Salesforce has, and `unknown`."""
        return {"versions", "unknown", composite.DESCRIBES, *OAUTH} | self.router.kinds | self.bulk1.router.kinds

    def kind(self, method: str, path: str) -> str:
        """What a call is, for logs and faults: `query`, `collections.create`, `bulk.upload`, `token`..."""
        path = path.rstrip("/")
        if path == "/services/data":
            return "versions"
        if path.startswith(("/services/oauth2/", "/id/")):
            return self.auth.kind(path)
        if path.startswith(bulk1.ROOT):
            return self.bulk1.kind(method, path)
        match = _DATA.fullmatch(path)
        try:
            return self.router.find(method, match[2] or "/")[0] if match else "unknown"
        except ApiError:
            return "unknown"

    def expire_tokens(self, *_: Any) -> None:
        """End every session now, as a changed session policy would."""
        self.auth.expire_all()

    def limit_daily(self, *_: Any, remaining: int = 0) -> None:
        """Leave so many API calls for the last 24 hours."""
        self.limits.leave(remaining)

    def lock_next(self, *_: Any, n: int = 1, code: str = "UNABLE_TO_LOCK_ROW") -> None:
        """Refuse the next `n` records."""
        self.org.lock_next(n, code)

    def complicate(self, *_: Any, characters: int = 20_000) -> None:
        """From now on a query of more characters is too complicated."""
        self.simple_query = characters

    @staticmethod
    def error_body(status: int) -> tuple[Any, str]:
        """An error of this status in the service's own shape, and its media type."""
        if status in (502, 503, 504):
            return [{"message": "The server is temporarily unavailable", "errorCode": "SERVER_UNAVAILABLE"}], JSON_TYPE
        message = "An unexpected error occurred. Please include this ErrorId if you contact support: 1-1 (1)"
        return [{"message": message, "errorCode": "UNKNOWN_EXCEPTION"}], JSON_TYPE

    def answer(self, call: Call) -> Reply:
        """The answer to a call, errors included."""
        try:
            return self._answer(call)
        except ApiError as error:
            return Reply(error.status, error.body)
        except Refusal as refusal:
            error = ApiError.of(refusal)
            return Reply(error.status, error.body)
        except WrongType as error:
            return Reply(400, bad_json(str(error)).body)
        except Exception:
            log.exception("the sandbox itself failed on a call of kind %s", self.kind(call.method, call.path))
            return Reply(500, self.error_body(500)[0])

    def _answer(self, call: Call) -> Reply:
        path = call.path.rstrip("/")
        if path.startswith(bulk1.ROOT):
            return self.bulk1.answer(call)
        if path == "/services/data":
            return Reply(200, versions())
        if path.startswith(("/services/oauth2/", "/id/")):
            return self.auth.answer(call, path)
        match = _DATA.fullmatch(path)
        if not match:
            raise not_found()
        call.version = match[1]
        self.check_version(call)
        if not call.nested:
            call.user = self.auth.user_of(call)
            self.limits.spend()
        _, handler, parts = self.router.find(call.method, match[2] or "/", call.number)
        return handler(self, call, **parts)

    @staticmethod
    def check_version(call: Call) -> None:
        """Refuse a version that is retired or never was."""
        if int(call.number) in RETIRED:
            message = f"API version {call.version[1:]} is retired; use version {FIRST_VERSION}.0 or later"
            raise ApiError(410, "UNSUPPORTED_API_VERSION", message)
        if call.number not in range(FIRST_VERSION, LATEST_VERSION + 1):
            raise not_found()


def versions() -> list[dict[str, str]]:
    """The list at `/services/data`, which needs no session and counts as no call."""
    listed = []
    for number in range(FIRST_VERSION, LATEST_VERSION + 1):
        release = number - 31
        season, year = SEASONS[(release + 1) % 3], (release + 1) // 3 + 14
        listed.append({"label": f"{season} '{year + (season == 'Winter')}", "url": f"/services/data/v{number}.0",
                       "version": f"{number}.0"})  # fmt: skip
    return listed


def resources(service: Service, call: Call) -> Reply:
    """What there is below a version."""
    call.params()
    root = f"/services/data/{call.version}"
    names = {"limits": "limits", "sobjects": "sobjects", "query": "query", "queryAll": "queryAll",
             "composite": "composite", "jobs": "jobs"}  # fmt: skip
    listed = {key: f"{root}/{value}" for key, value in names.items()}
    return Reply(200, {**listed, "identity": service.auth.identity_url(call.user)})
