"""Rate limit of five requests per second."""

from __future__ import annotations

import threading
from typing import Protocol

from livestorm_salesforce.clock import SYSTEM_CLOCK, Clock

PER_SECOND = 5  # Livestorm: rate limits and quotas; cannot be raised
WINDOW = 1.0
#: Seconds. The service counts arrivals, not departures: the network may shorten the distance of two requests.
MARGIN = 0.1
#: Seconds. A time further in the future was recorded before the host was restarted: the monotonic clock began at 0.
MAX_LEAD = 120.0


class RateLimiter(Protocol):
    """Delays requests."""

    def acquire(self) -> object:
        """Wait until a request may be sent."""
        ...

    def pause(self, seconds: float) -> None:
        """Let no request pass for this time."""
        ...


class LocalRateLimiter:
    """Rate limiter of one process, for single requests such as the check of a connection.

    The tasks of a run share `state.rate_limit.DatabaseRateLimiter`.
    """

    def __init__(self, *, limit: int = PER_SECOND, clock: Clock = SYSTEM_CLOCK) -> None:
        self._lock, self._past = threading.Lock(), [float("-inf")] * limit
        self._clock = clock

    def acquire(self) -> None:
        """Wait until a request may be sent. It is recorded when it is sent, and the wait holds no lock."""
        while (wait := self._record()) > 0:
            self._clock.sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let this process send no request for this time: the service has just rejected one."""
        with self._lock:
            self._past = [self._clock.monotonic() + seconds - WINDOW] * len(self._past)

    def _record(self) -> float:
        with self._lock:
            now = self._clock.monotonic()
            wait = self._past[0] + WINDOW + MARGIN - now
            if wait <= 0:
                self._past = [*self._past[1:], now]
        return max(wait, 0.0)
