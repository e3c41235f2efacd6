"""One call to Livestorm: in turn, counted, repeated when that helps, and either understood or a clear error."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from livestorm_salesforce.clients.http import GuardedSession, failure_of, json_of
from livestorm_salesforce.clients.livestorm.rate_limit import SharedLimiter
from livestorm_salesforce.clients.livestorm.responses import error_for, monthly, told_time
from livestorm_salesforce.clients.retry import ATTEMPTS, repeat
from livestorm_salesforce.errors import ConfigError, QuotaExhausted, SyncError, TransientError

log = logging.getLogger(__name__)

#: Answers of parallel calls overtake each other: one that tells slightly more calls left than is known is an older one.
#: One that tells many more comes after the allowance was renewed.
OVERTAKING = 50
ACCEPT = "application/vnd.api+json"
BETWEEN = "none if the retry succeeds; else see what stands between Airflow and Livestorm"


@dataclass(frozen=True)
class Reply:
    """An answer that was understood: its status and JSON, None for an empty body."""

    status: int
    document: Any


class Transport:
    """Sends calls and remembers what the service tells of itself.

    Attributes:
        calls: HTTP requests that reached, or may have reached, the service.
        monthly_limit, monthly_remaining: of the newest answer, None if never told.
        server_time: of the newest answer's `Date` header, None before.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: SharedLimiter,
        call_budget: int | None = None,
        monthly_reserve: int = 0,
        timeout: tuple[float, float] = (5, 30),
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._limiter = limiter
        self._budget, self._reserve = call_budget, monthly_reserve
        self._attempts, self._sleep = attempts, sleep
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

    def get(self, path: str, params: Mapping[str, str] | None = None, *, understood: tuple[int, ...] = ()) -> Reply:
        """GET `path` below the base address.

        Args:
            understood: statuses besides 200 that the caller knows what to do with.

        Raises:
            ConfigError, ContractError, QuotaExhausted, TransientError: as their classes say.
        """
        once = {"params": params or {}}
        return repeat(lambda: self._once("GET", path, understood, **once), attempts=self._attempts, sleep=self._sleep)

    def write(self, method: str, path: str, document: Any = None, *, understood: tuple[int, ...] = ()) -> Reply:
        """POST or DELETE, never repeated: after a failure the caller looks what is there.

        Raises: as `get`.
        """
        return self._once(method, path, understood, json=document)

    def _once(self, method: str, path: str, understood: tuple[int, ...], **content: Any) -> Reply:
        what = f"{method} {path}"
        self._claim(what)
        self._limiter.acquire()
        response = self._send(method, path, what, **content)
        self._note(response.headers)
        status = response.status_code
        if status in understood:
            return Reply(status, json_of(response))
        if not 200 <= status < 300:
            error = error_for(response, what, self.monthly_remaining)
            self._calm(error, status)
            raise error
        document = json_of(response)
        if document is None and response.content.strip():
            words = f"Livestorm answered {what} with a page that is not JSON (HTTP {status})."
            raise TransientError(words, remedy=BETWEEN)
        return Reply(status, document)

    def _claim(self, what: str) -> None:
        """Refuse the call if it would pass the run's budget or touch the monthly reserve."""
        with self._lock:
            if self._budget is not None and self._started >= self._budget:
                raise QuotaExhausted(
                    f"This run's budget of {self._budget} Livestorm calls is used up (before {what}).",
                    remedy="the next run goes on; raise the budget per run if this happens often",
                )
            if self.monthly_remaining is not None and self.monthly_remaining <= self._reserve:
                raise QuotaExhausted(
                    f"{self.monthly_remaining} Livestorm calls are left of the 30 days' allowance and "
                    f"{self._reserve} are kept in reserve (before {what}).",
                    remedy="wait for the allowance to renew, or lower the reserve; nothing is lost",
                )
            self._started += 1

    def _send(self, method: str, path: str, what: str, **content: Any) -> requests.Response:
        failure = None
        try:
            return self._session.request(method, f"{self._base_url}{path}", **content)
        except requests.RequestException as error:
            failure = failure_of(error)
        except OSError as error:
            failure = failure_of(error)
        raise _error_of_failure(failure.words, failure.permanent, what)

    def _note(self, headers: Mapping[str, str]) -> None:
        with self._lock:
            self.server_time = told_time(headers) or self.server_time
            limit, remaining = monthly(headers, "Limit"), monthly(headers, "Remaining")
            self.monthly_limit = self.monthly_limit if limit is None else limit
            if remaining is not None:
                known = self.monthly_remaining
                late = known is not None and known < remaining < known + OVERTAKING
                self.monthly_remaining = known if late else remaining

    def _calm(self, error: SyncError, status: int) -> None:
        """After a burst 429 every process of the host waits, not only this one."""
        if status == 429 and isinstance(error, TransientError):
            log.info("Livestorm asks to slow down; waiting %.1f s.", error.retry_after)
            self._limiter.pause(error.retry_after or 0)


def _error_of_failure(words: str, permanent: bool, what: str) -> SyncError:
    if permanent:
        return ConfigError(
            f"{what} could not be sent to Livestorm: {words}.",
            remedy="check the host of the Livestorm connection and REQUESTS_CA_BUNDLE",
        )
    return TransientError(f"Livestorm did not answer {what}: {words}.")
