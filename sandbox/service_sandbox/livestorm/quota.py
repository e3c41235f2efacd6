"""Livestorm's two rate limits: 5 calls in a sliding second, and 10,000 in 30 days from the first one."""

import threading
import time
from collections import deque
from collections.abc import Callable

from service_sandbox.livestorm.errors import ApiError
from service_sandbox.livestorm.settings import SPELLINGS, Settings
from service_sandbox.livestorm.store import Store

PERIOD = 30 * 24 * 3600
"""Seconds in which the quota holds."""


class Quota:
    """Counts calls and words the headers.

    The sliding second runs in real time, since it is there to slow clients down; the 30 days by the sandbox's clock.
    """

    def __init__(self, store: Store, settings: Settings, now: Callable[[], float]) -> None:
        self._store, self._settings, self._now = store, settings, now
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()

    def spend(self) -> dict[str, str]:
        """Count a call; returns the headers of its answer. Raises ApiError (429) with `Retry-After` in whole seconds.

        A refused call is not counted.
        """
        with self._lock:
            self._burst()
            used, ends = self._period()
            if used >= self._settings.monthly_limit:
                wait = max(int(ends - self._now()), 1)
                headers = {**self._headers(used), "Retry-After": str(wait), "RateLimit-Reset": str(int(ends))}
                raise ApiError(429, "Monthly API quota exceeded", headers=headers)
            self._recent.append(time.monotonic())
            self._store.set_meta("quota.used", str(used + 1))
            return self._headers(used + 1)

    def leave(self, remaining: int) -> None:
        """Make as if all but so many calls of the period had been made."""
        with self._lock:
            self._period()
            self._store.set_meta("quota.used", str(self._settings.monthly_limit - remaining))

    @property
    def used(self) -> int:
        """Calls made in this period."""
        with self._lock:
            return self._period()[0]

    def _burst(self) -> None:
        limit = self._settings.interval_limit
        while self._recent and self._recent[0] <= time.monotonic() - 1:
            self._recent.popleft()
        if limit and len(self._recent) >= limit:
            used, ends = self._period()
            headers = {**self._headers(used), "Retry-After": "1", "RateLimit-Reset": str(int(ends))}
            raise ApiError(429, f"Too many requests, {limit} per second are allowed", headers=headers)

    def _period(self) -> tuple[int, float]:
        """Calls used and when the period ends; begins one at the first call and after 30 days."""
        began, now = float(self._store.meta("quota.began", "0")), self._now()
        if not began or now >= began + PERIOD:
            began = now
            self._store.set_meta("quota.began", repr(began))
            self._store.set_meta("quota.used", "0")
        return int(self._store.meta("quota.used", "0")), began + PERIOD

    def _headers(self, used: int) -> dict[str, str]:
        settings = self._settings
        interval = settings.interval_limit or 5
        left = max(interval - len(self._recent), 0) if settings.interval_limit else interval
        headers = {"RateLimit-Interval-Limit": str(interval), "RateLimit-Interval-Remaining": str(left)}
        for word in SPELLINGS[settings.header_spelling]:
            headers[f"RateLimit-{word}-Limit"] = str(settings.monthly_limit)
            headers[f"RateLimit-{word}-Remaining"] = str(max(settings.monthly_limit - used, 0))
        return headers
