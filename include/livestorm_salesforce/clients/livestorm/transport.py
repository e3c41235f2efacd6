"""One call to Livestorm: rate-limited, counted, retried after a transient failure, with a typed error otherwise."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from livestorm_salesforce.clients.gateway import is_page
from livestorm_salesforce.clients.http import Failure, GuardedSession, classify_failure, parse_json
from livestorm_salesforce.clients.livestorm.rate_limit import RateLimiter
from livestorm_salesforce.clients.livestorm.responses import error_for, monthly_quota, not_json, page_error, server_time
from livestorm_salesforce.clients.retry import ATTEMPTS, retry
from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock
from livestorm_salesforce.errors import ConfigError, QuotaExhausted, SyncError, TransientError

log = logging.getLogger(__name__)

#: Responses of parallel calls arrive in any order: one with slightly more remaining calls than the last is older. One
#: with many more arrives after the allowance was renewed.
REORDER_TOLERANCE = 50
TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds between two bytes
ACCEPT = "application/vnd.api+json"


@dataclass(frozen=True)
class Reply:
    """An accepted response: its status and JSON, None for an empty body."""

    status: int
    document: Any


class Transport:
    """Sends calls and stores the limits that the service reports.

    Attributes:
        calls: HTTP requests that reached, or may have reached, the service.
        monthly_limit, monthly_remaining: calls per 30 days, from the newest response with these headers.
        server_time: from the `Date` header of the newest response, None before the first.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: RateLimiter,
        call_budget: int | None = None,
        monthly_reserve: int = 0,
        timeout: tuple[float, float] = TIMEOUT,
        attempts: int = ATTEMPTS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._limiter = limiter
        self._budget, self._reserve = call_budget, monthly_reserve
        self._attempts, self._clock = attempts, clock
        self._session = GuardedSession(timeout)
        self._session.headers.update({"Accept": ACCEPT, "Authorization": token})
        self._lock = threading.Lock()
        self._started = 0
        self.monthly_limit: int | None = None
        self.monthly_remaining: int | None = None
        self.server_time: datetime | None = None

    @property
    def calls(self) -> int:
        return self._session.calls

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: tuple[int, ...] = ()) -> Reply:
        """GET `path` below the base address.

        Args:
            accept: error statuses that are returned, unless the body is a page: that is no answer of Livestorm.

        Raises:
            ConfigError, ContractError, QuotaExhausted, TransientError: see `errors.py`.
        """
        return retry(
            lambda: self._send_once("GET", path, accept, params=params or {}),
            attempts=self._attempts,
            clock=self._clock,
        )

    def write(self, method: str, path: str, document: Any = None, *, accept: tuple[int, ...] = ()) -> Reply:
        """POST or DELETE, without a retry: after a failure the caller reads the current state.

        Raises: as `get`.
        """
        return self._send_once(method, path, accept, json=document)

    def _send_once(self, method: str, path: str, accept: tuple[int, ...], **content: Any) -> Reply:
        endpoint = f"{method} {path}"
        self._check_budget(endpoint)
        self._limiter.acquire()
        response = self._send(method, path, endpoint, **content)
        self._record_limits(response.headers)
        status = response.status_code
        if status in accept and not is_page(response):
            return Reply(status, parse_json(response))
        if not 200 <= status < 300:
            error = page_error(response, endpoint) or error_for(
                response, endpoint, self.monthly_remaining, self._clock.now()
            )
            self._pause_after_burst(error, status)
            raise error
        document = parse_json(response)
        if document is None and is_page(response):
            raise not_json(status, endpoint)
        return Reply(status, document)

    def _check_budget(self, endpoint: str) -> None:
        """Raise if the call would exceed the run's budget or use the monthly reserve."""
        with self._lock:
            if self._budget is not None and self._started >= self._budget:
                raise QuotaExhausted(
                    f"This run's budget of {self._budget:,} Livestorm calls is used up (before {endpoint}).",
                    remedy="the next run goes on; raise the budget per run if this happens often",
                )
            if self.monthly_remaining is not None and self.monthly_remaining <= self._reserve:
                raise QuotaExhausted(
                    f"{self.monthly_remaining:,} Livestorm calls are left of the 30 days' allowance and "
                    f"{self._reserve:,} are kept in reserve (before {endpoint}).",
                    remedy="wait for the allowance to renew, or lower the reserve; nothing is lost",
                )
            self._started += 1

    def _send(self, method: str, path: str, endpoint: str, **content: Any) -> requests.Response:
        try:
            return self._session.request(method, f"{self._base_url}{path}", **content)
        except (requests.RequestException, OSError) as error:
            failure = classify_failure(error)
        raise _connection_error(failure, endpoint)  # outside `except`: the cause quotes the address

    def _record_limits(self, headers: Mapping[str, str]) -> None:
        with self._lock:
            self.server_time = server_time(headers) or self.server_time
            limit, remaining = monthly_quota(headers, "Limit"), monthly_quota(headers, "Remaining")
            self.monthly_limit = self.monthly_limit if limit is None else limit
            if remaining is not None:
                known = self.monthly_remaining
                is_older = known is not None and known < remaining < known + REORDER_TOLERANCE
                self.monthly_remaining = known if is_older else remaining

    def _pause_after_burst(self, error: SyncError, status: int) -> None:
        """After a burst 429 all processes of the host wait."""
        if status == 429 and isinstance(error, TransientError):
            log.info("Livestorm's rate limit was exceeded; waiting %.1f s.", error.retry_after)
            self._limiter.pause(error.retry_after or 0)


def _connection_error(failure: Failure, endpoint: str) -> SyncError:
    if failure.permanent:
        return ConfigError(
            f"{endpoint} could not be sent to Livestorm: {failure.message}.",
            remedy="check the host of the Livestorm connection and REQUESTS_CA_BUNDLE",
        )
    return TransientError(f"Livestorm did not answer {endpoint}: {failure.message}.")
