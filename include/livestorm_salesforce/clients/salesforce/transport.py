"""One call to Salesforce: with a valid token, within the daily API calls, retried where nothing can happen twice."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import requests

from livestorm_salesforce.clients.gateway import GATEWAY_STATUSES
from livestorm_salesforce.clients.http import Failure, GuardedSession, classify_failure, parse_json
from livestorm_salesforce.clients.retry import ATTEMPTS, retry
from livestorm_salesforce.clients.salesforce.errors import error_entries, error_for
from livestorm_salesforce.clients.salesforce.token import Token, TokenSource
from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock
from livestorm_salesforce.errors import (
    ConfigError,
    ContractError,
    OutcomeUnknown,
    QuotaExhausted,
    SyncError,
    TransientError,
)

log = logging.getLogger(__name__)

#: Statuses that need no JSON body: proxies and the edge answer them with an HTML page.
STATUSES_WITHOUT_JSON = (401, 408, 410, 420, 429, *GATEWAY_STATUSES)
#: Salesforce ends a call after ten minutes; triggers and flows of a thousand rows may take several.
WRITE_TIMEOUT = 605.0
_USAGE = re.compile(r"(?:^|[;,\s])(per-app-)?api-usage=(\d+)/(\d+)")

ResponseType = Literal["json", "stream", "nothing"]


@dataclass(frozen=True)
class Reply:
    """An accepted response: status, JSON (None for an empty body or a stream) and the response itself."""

    status: int
    body: Any
    response: requests.Response


@dataclass(frozen=True)
class _Call:
    """One call.

    Attributes:
        path: path and query, from the root of the server.
        endpoint: method and path for messages, such as `POST /composite`.
        writes: True if it changes records.
        options: for `requests`.
    """

    method: str
    path: str
    endpoint: str
    writes: bool
    response_type: ResponseType
    options: Mapping[str, Any]


class Transport:
    """Sends calls to one org.

    Args:
        session: shared with the hook's logins, so that its counter includes them.
        tokens: source of the access token.
        version: API version, such as `67.0`.
        reserve_share: share of the org's daily calls that is never used.
        write_timeout: seconds to wait for the response to a write; after a timeout its outcome is unknown.

    Attributes:
        root: path of the API, `/services/data/vXX.X`.
        usage: calls used and allowed in 24 hours, from the newest response (it lags); None before the first.
    """

    def __init__(
        self,
        session: GuardedSession,
        tokens: TokenSource,
        version: str,
        *,
        reserve_share: float = 0.05,
        write_timeout: float = WRITE_TIMEOUT,
        attempts: int = ATTEMPTS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._session, self._tokens = session, tokens
        self._attempts, self.clock = attempts, clock
        self._reserve_share, self._write_timeout = reserve_share, write_timeout
        self.version = version
        self.root = f"/services/data/v{version}"
        self.usage: tuple[int, int] | None = None
        self._app_usage: tuple[int, int] | None = None

    @property
    def calls(self) -> int:
        """HTTP requests made, logins included."""
        return self._session.calls

    @property
    def token(self) -> Token:
        """The token in use; logs in if there is none."""
        return self._tokens.current()

    def call(
        self,
        method: str,
        path: str,
        *,
        writes: bool = False,
        accept: tuple[int, ...] = (),
        accept_any_body: tuple[int, ...] = (),
        check_quota: bool = True,
        response_type: ResponseType = "json",
        **options: Any,
    ) -> Reply:
        """Send one call and return its response.

        Args:
            path: below `/services/data/vXX.X`, or a whole path that begins with `/services/`.
            writes: True if it changes records; it is retried only if it certainly was not carried out.
            accept: error statuses that are returned, if the body is an error of Salesforce.
            accept_any_body: error statuses that are returned whatever the body is: a page of a proxy, or none.
            check_quota: False for the polls and results of a job that is already running.
            response_type: `json`, `stream` (the caller reads the body) or `nothing`.
            options: for `requests`: params, data, headers.

        Raises:
            ConfigError, ContractError, QuotaExhausted, TransientError, OutcomeUnknown: see `errors.py`.
        """
        call = self._prepare(method, path, writes, response_type, options)

        def send_once() -> Reply:
            if check_quota:
                self._check_quota(call.endpoint)
            reply = _read_reply(self._send_authorized(call), call)
            status = reply.status
            if status < 300 or status in accept_any_body or (status in accept and error_entries(reply.body)):
                return reply
            raise _error(reply, call)

        return retry(send_once, attempts=self._attempts, clock=self.clock)

    def _prepare(
        self, method: str, path: str, writes: bool, response_type: ResponseType, options: Mapping[str, Any]
    ) -> _Call:
        more: dict[str, Any] = {"stream": True} if response_type == "stream" else {}
        if writes:
            more["timeout"] = (self._session.timeout[0], self._write_timeout)
        url_path = path if path.startswith("/services/") else f"{self.root}{path}"
        endpoint = f"{method} {path.removeprefix(self.root).partition('?')[0]}"
        return _Call(method, url_path, endpoint, writes, response_type, {**options, **more})

    def _check_quota(self, endpoint: str) -> None:
        for usage in (self.usage, self._app_usage):
            if usage and usage[1] - usage[0] <= usage[1] * self._reserve_share:
                raise QuotaExhausted(
                    f"Salesforce has {usage[1] - usage[0]:,} of {usage[1]:,} daily API calls left and "
                    f"{self._reserve_share:.0%} are kept in reserve (before {endpoint}).",
                    remedy="wait until calls of the last 24 hours expire, or lower the reserve; the next run goes on",
                )

    def _send_authorized(self, call: _Call) -> requests.Response:
        """Send; after a 401 try the token of another task, then one new login, and no more."""
        token = self._tokens.current()
        new_login = False
        while True:
            response = self._send(call, token)
            self._record_usage(response.headers)
            if response.status_code != 401 or new_login:
                return response
            response.close()
            token, new_login = self._tokens.replace(token)

    def _send(self, call: _Call, token: Token) -> requests.Response:
        headers = {**call.options.get("headers", {}), "Authorization": f"Bearer {token.access_token}"}
        url = f"{token.instance_url}{call.path}"
        try:
            return self._session.request(call.method, url, **{**call.options, "headers": headers})
        except (requests.RequestException, OSError) as error:
            failure = classify_failure(error)
        except ContractError as error:
            if not call.writes:
                raise
            raise OutcomeUnknown(f"{call.endpoint} was sent to Salesforce; its response is too large.") from error
        raise connection_error(failure, call.endpoint, writes=call.writes)  # outside `except`: the cause quotes the URL

    def _record_usage(self, headers: Mapping[str, str]) -> None:
        for app, used, allowed in _USAGE.findall(headers.get("Sforce-Limit-Info", "")):
            if app:
                self._app_usage = int(used), int(allowed)
            else:
                self.usage = int(used), int(allowed)


def _read_reply(response: requests.Response, call: _Call) -> Reply:
    """Status and body of a response, successful or not."""
    status = response.status_code
    if 200 <= status < 300:
        if call.response_type == "stream":
            return Reply(status, None, response)
        body = parse_json(response)
        if body is None and call.response_type == "json":
            raise _not_json(status, call)
        if body is None and response.content.lstrip().startswith(b"<"):
            raise _not_json(status, call)
        return Reply(status, body, response)
    try:
        return Reply(status, parse_json(response), response)
    except (requests.RequestException, OSError) as error:
        failure = classify_failure(error)
    raise connection_error(failure, call.endpoint, writes=call.writes)


def _error(reply: Reply, call: _Call) -> SyncError:
    if reply.body is None and 400 <= reply.status < 500 and reply.status not in STATUSES_WITHOUT_JSON:
        return _not_json(reply.status, call)
    return error_for(reply.status, reply.body, reply.response.headers, call.endpoint, writes=call.writes)


def _not_json(status: int, call: _Call) -> SyncError:
    message = f"Salesforce answered {call.endpoint} with a page that is not JSON (HTTP {status})."
    return OutcomeUnknown(message) if call.writes else TransientError(message)


def connection_error(failure: Failure, endpoint: str, *, writes: bool) -> SyncError:
    """The error for a call without a response."""
    if failure.permanent:
        return ConfigError(
            f"{endpoint} could not be sent to Salesforce: {failure.message}.",
            remedy="check the connection's instance_url and its extra 'ca_bundle' (or REQUESTS_CA_BUNDLE)",
        )
    if writes and failure.sent:
        return OutcomeUnknown(f"{endpoint} was sent to Salesforce and its outcome is unknown: {failure.message}.")
    return TransientError(f"Salesforce did not answer {endpoint}: {failure.message}.")
