"""Rate limit of five requests per second, shared by all processes of this host."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from livestorm_salesforce.clients.private_folder import open_private, private_folder
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


class SharedRateLimiter:
    """Rate limiter whose state, the times of the last five requests, is a small file shared by all processes of a host.

    Sleeping happens outside the file lock, and a request is recorded when it is sent: a sleep that takes too long
    cannot shorten the distance between two requests.

    Args:
        key: owner of the limit (base address and token); only its hash is used.
        directory: folder of the file; this user's folder in the system's temporary folder by default.
    """

    def __init__(
        self,
        key: str,
        *,
        directory: Path | None = None,
        limit: int = PER_SECOND,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        folder = directory or private_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        self._file = folder / f"{name}.rate"
        self._lock = FileLock(folder / f"{name}.lock", mode=0o600)
        self._limit, self._clock = limit, clock

    def acquire(self) -> float:
        """Wait until a request may be sent; returns the recorded time."""
        while True:
            wait, now = self._record()
            if wait <= 0:
                return now
            self._clock.sleep(wait)

    def _record(self) -> tuple[float, float]:
        """Record a request if the limit allows it; returns the seconds to wait (0 if recorded) and the present."""
        with self._lock:
            past = self._read()
            now = self._clock.monotonic()
            wait = past[0] + WINDOW + MARGIN - now if len(past) == self._limit else 0.0
            if wait <= 0:
                self._write([*past, now][-self._limit :])
        return wait, now

    def pause(self, seconds: float) -> None:
        """Let no process of this host send a request for this time: the service has just rejected one."""
        with self._lock:
            self._write([self._clock.monotonic() + seconds - WINDOW] * self._limit)

    def _read(self) -> list[float]:
        try:
            past = [float(item) for item in json.loads(self._file.read_text())]
        except (OSError, ValueError, TypeError):
            return []
        return [] if any(moment > self._clock.monotonic() + MAX_LEAD for moment in past) else past[-self._limit :]

    def _write(self, past: list[float]) -> None:
        with open(self._file, "w", opener=open_private) as file:
            json.dump(past, file)
