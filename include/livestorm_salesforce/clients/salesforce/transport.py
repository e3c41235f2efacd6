"""One call to Salesforce: with a valid token, within the org's daily calls, repeated only if nothing can be doubled."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import requests

from livestorm_salesforce.clients.http import Failure, GuardedSession, failure_of, json_of
from livestorm_salesforce.clients.retry import ATTEMPTS, repeat
from livestorm_salesforce.clients.salesforce.errors import entries_of, error_for
from livestorm_salesforce.clients.salesforce.token import TokenSource
from livestorm_salesforce.errors import ConfigError, OutcomeUnknown, QuotaExhausted, SyncError, TransientError

log = logging.getLogger(__name__)

#: Statuses that say enough without a body: proxies and the edge answer them with a page of their own.
PLAIN_STATUSES = (401, 403, 404, 405, 408, 410, 413, 414, 415, 420, 429, 431)
#: Salesforce itself cuts a call at ten minutes; triggers and flows of a thousand rows may take many.
WRITE_TIMEOUT = 605.0
_USAGE = re.compile(r"(?:^|[;,\s])(per-app-)?api-usage=(\d+)/(\d+)")


@dataclass(frozen=True)
class Reply:
    """An answer that was understood: status, JSON (None for an empty body or a stream) and the response itself."""

    status: int
    body: Any
    response: requests.Response


class Transport:
    """Sends calls to one org.

    Args:
        session: shared with the hook's logins, so that its counter counts them too.
        tokens: where the access token comes from.
        version: API version, such as `67.0`.
        reserve_share: share of the org's daily calls that is never touched.
        write_timeout: seconds to wait for the answer to a write; giving up early leaves its outcome unknown.

    Attributes:
        usage: calls used and allowed in 24 hours, as the newest answer told (it lags); None before the first.
        whole_jobs: whether a bulk job may bring its data along; False once that got no good answer.
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
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session, self._tokens = session, tokens
        self._attempts, self.sleep = attempts, sleep
        self._reserve_share, self._write_timeout = reserve_share, write_timeout
        self.version = version
        self.root = f"/services/data/v{version}"
        self.usage: tuple[int, int] | None = None
        self.whole_jobs = True
        self._app_usage: tuple[int, int] | None = None

    @property
    def calls(self) -> int:
        """HTTP requests made, logins included."""
        return self._session.calls

    def call(
        self,
        method: str,
        path: str,
        *,
        writes: bool = False,
        understood: tuple[int, ...] = (),
        bare: tuple[int, ...] = (),
        guarded: bool = True,
        expects: str = "json",
        **options: Any,
    ) -> Reply:
        """Send one call and return its answer.

        Args:
            path: below `/services/data/vXX.X`, or a whole path that begins with `/services/`.
            writes: whether it changes records; then it is repeated only if it was provably not carried out.
            understood: error statuses whose body the caller reads itself; it must be an error of Salesforce's.
            bare: error statuses that the caller understands whatever the body: a page of a proxy, or none.
            guarded: False for the polls and results of a job that is already running.
            expects: `json`, `stream` (the caller reads the body) or `nothing`.
            options: for `requests`: params, data, headers, files.

        Raises:
            ConfigError, ContractError, QuotaExhausted, TransientError, OutcomeUnknown: as their classes say.
        """
        address = path if path.startswith("/services/") else f"{self.root}{path}"
        what = f"{method} {path.removeprefix(self.root)}"
        if expects == "stream":
            options["stream"] = True
        if writes:
            options["timeout"] = (self._session.timeout[0], self._write_timeout)

        def once() -> Reply:
            if guarded:
                self._guard(what)
            response = self._authorized(method, address, what, writes, options)
            reply = _understand(response, what, writes, expects)
            if reply.status < 300 or reply.status in bare or (reply.status in understood and entries_of(reply.body)):
                return reply
            raise _unsuccessful(reply, what, writes)

        return repeat(once, attempts=self._attempts, sleep=self.sleep)

    def _guard(self, what: str) -> None:
        for told in (self.usage, self._app_usage):
            if told and told[1] - told[0] <= told[1] * self._reserve_share:
                raise QuotaExhausted(
                    f"Salesforce has {told[1] - told[0]} of {told[1]} daily API calls left and "
                    f"{self._reserve_share:.0%} are kept in reserve (before {what}).",
                    remedy="wait until calls of the last 24 hours expire, or lower the reserve; the next run goes on",
                )

    def _authorized(
        self, method: str, address: str, what: str, writes: bool, options: Mapping[str, Any]
    ) -> requests.Response:
        """Send; after a 401 try a token another task may have fetched, then one fresh login, and no more."""
        token = self._tokens.current()
        fresh = False
        while True:
            headers = {**options.get("headers", {}), "Authorization": f"Bearer {token.access_token}"}
            url = f"{token.instance_url}{address}"
            response = self._send(method, url, what, writes, {**options, "headers": headers})
            self._note(response.headers)
            if response.status_code != 401 or fresh:
                return response
            response.close()
            token, fresh = self._tokens.replace(token)

    def _send(self, method: str, url: str, what: str, writes: bool, options: Mapping[str, Any]) -> requests.Response:
        failure = None
        try:
            return self._session.request(method, url, **options)
        except (requests.RequestException, OSError) as error:
            failure = failure_of(error)
        raise wire_error(failure, what, writes=writes)

    def _note(self, headers: Mapping[str, str]) -> None:
        for app, used, allowed in _USAGE.findall(headers.get("Sforce-Limit-Info", "")):
            if app:
                self._app_usage = int(used), int(allowed)
            else:
                self.usage = int(used), int(allowed)


def _understand(response: requests.Response, what: str, writes: bool, expects: str) -> Reply:
    """The answer read, good or not."""
    status = response.status_code
    if 200 <= status < 300:
        if expects == "stream":
            return Reply(status, None, response)
        body = json_of(response)
        if body is None and expects == "json":
            raise _not_json(what, writes)
        return Reply(status, body, response)
    failure = None
    try:
        body = json_of(response)
    except (requests.RequestException, OSError) as error:
        failure = failure_of(error)
    if failure:
        raise wire_error(failure, what, writes=writes)
    return Reply(status, body, response)


def _unsuccessful(reply: Reply, what: str, writes: bool) -> SyncError:
    if reply.body is None and 400 <= reply.status < 500 and reply.status not in PLAIN_STATUSES:
        return _not_json(what, writes)
    return error_for(reply.status, reply.body, reply.response.headers, what, writes=writes)


def _not_json(what: str, writes: bool) -> SyncError:
    words = f"Salesforce answered {what} with a page that is not JSON."
    return OutcomeUnknown(words) if writes else TransientError(words)


def wire_error(failure: Failure, what: str, *, writes: bool) -> SyncError:
    """The error for a call without an answer."""
    if failure.permanent:
        return ConfigError(
            f"{what} could not be sent to Salesforce: {failure.words}.",
            remedy="check the connection's instance_url and its extra 'ca_bundle' (or REQUESTS_CA_BUNDLE)",
        )
    if writes and failure.sent:
        return OutcomeUnknown(f"{what} was sent to Salesforce and its outcome is unknown: {failure.words}.")
    return TransientError(f"Salesforce did not answer {what}: {failure.words}.")


def body_of(value: Any) -> dict[str, Any]:
    """Options for `requests` that send a value as JSON. Half a character, which UTF-8 cannot hold, becomes U+FFFD."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)
    data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    return {"data": data, "headers": {"Content-Type": "application/json; charset=UTF-8"}}


def plain(value: Any) -> Any:
    """Dates in Salesforce's notation, numbers of other libraries as Python's.

    Raises:
        TypeError: a value of another kind; its text is not quoted.
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be sent to Salesforce")
