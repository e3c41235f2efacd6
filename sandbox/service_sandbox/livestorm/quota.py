"""The two rate limits: 5 calls in a sliding second, and 10,000 calls in 30 days from the first call."""

import threading
import time
from collections import deque
from collections.abc import Callable

from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.settings import SPELLINGS, HeaderSpelling, Settings
from service_sandbox.livestorm.store import Store

PERIOD = 30 * 24 * 3600
"""Length of the quota period in seconds."""


class Quota:
    """Counts calls and creates the rate limit headers.

    The sliding second is measured in real time, because its purpose is to slow clients down; the 30 days are measured
    by the sandbox's clock.
    """

    def __init__(self, store: Store, settings: Settings, now: Callable[[], float]) -> None:
        self._store, self._settings, self._now = store, settings, now
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()

    def spend(self) -> dict[str, str]:
        """Counts a call; returns the headers of its response. A rejected call is not counted.

        Raises:
            ApiError: 429 with `Retry-After` in whole seconds.
        """
        with self._lock:
            self._check_interval()
            used, ends = self._period()
            if used >= self._settings.monthly_limit:
                wait = max(int(ends - self._now()), 1)
                headers = {**self._headers(used), "Retry-After": str(wait), "RateLimit-Reset": str(int(ends))}
                raise ApiError(429, "Monthly API quota exceeded", headers=headers)
            self._recent.append(time.monotonic())
            self._store.set_meta("quota.used", str(used + 1))
            return self._headers(used + 1)

    def set_remaining(self, remaining: int) -> None:
        """Sets the number of calls that remain in the current period."""
        with self._lock:
            self._period()
            self._store.set_meta("quota.used", str(self._settings.monthly_limit - remaining))

    @property
    def used(self) -> int:
        """Number of calls in the current period."""
        with self._lock:
            return self._period()[0]

    def _check_interval(self) -> None:
        limit = self._settings.interval_limit
        while self._recent and self._recent[0] <= time.monotonic() - 1:
            self._recent.popleft()
        if limit and len(self._recent) >= limit:
            used, ends = self._period()
            headers = {**self._headers(used), "Retry-After": "1", "RateLimit-Reset": str(int(ends))}
            raise ApiError(429, f"Too many requests, {limit} per second are allowed", headers=headers)

    def _period(self) -> tuple[int, float]:
        """Returns the calls used and the end of the period; starts a period at the first call and after 30 days."""
        started, now = float(self._store.meta("quota.started", "0")), self._now()
        if not started or now >= started + PERIOD:
            started = now
            self._store.set_meta("quota.started", repr(started))
            self._store.set_meta("quota.used", "0")
        return int(self._store.meta("quota.used", "0")), started + PERIOD

    def _headers(self, used: int) -> dict[str, str]:
        settings = self._settings
        interval = settings.interval_limit or 5
        left = max(interval - len(self._recent), 0) if settings.interval_limit else interval
        headers = {"RateLimit-Interval-Limit": str(interval), "RateLimit-Interval-Remaining": str(left)}
        for name in SPELLINGS[HeaderSpelling(settings.header_spelling)]:
            headers[f"RateLimit-{name}-Limit"] = str(settings.monthly_limit)
            headers[f"RateLimit-{name}-Remaining"] = str(max(settings.monthly_limit - used, 0))
        return headers
