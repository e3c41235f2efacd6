"""Five requests a second over every process of this host, however many tasks read at once."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

PER_SECOND = 5  # Livestorm: rate limits and quotas; cannot be raised
WINDOW = 1.0
#: The service counts arrivals, not departures: the network may squeeze two requests together.
MARGIN = 0.1
#: A time further ahead than this was noted before the host was restarted (the clock began anew).
FARTHEST = 120.0


class SharedLimiter:
    """Lets callers depart by a small file, shared by all processes of the host, with the last five departures.

    Sleeping happens outside the file lock, and a departure is noted when it happens: a sleep that takes longer than it
    should cannot squeeze two departures together.

    Args:
        key: what the limit belongs to (base address and token); only its hash is used.
        directory: where the file lies; a folder of this user in the system's temporary folder by default.
    """

    def __init__(
        self,
        key: str,
        *,
        directory: Path | None = None,
        limit: int = PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        folder = directory or private_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        self._file = folder / f"{name}.rate"
        self._lock = FileLock(folder / f"{name}.lock")
        self._limit, self._clock, self._sleep = limit, clock, sleep

    def acquire(self) -> float:
        """Wait until a request may depart; returns the moment that was noted."""
        while True:
            wait, now = self._depart()
            if wait <= 0:
                return now
            self._sleep(wait)

    def _depart(self) -> tuple[float, float]:
        """Note a departure if there is room for one; returns the seconds to wait (0 if noted) and the present."""
        with self._lock:
            past = self._read()
            now = self._clock()
            wait = past[0] + WINDOW + MARGIN - now if len(past) == self._limit else 0.0
            if wait <= 0:
                self._write([*past, now][-self._limit :])
        return wait, now

    def pause(self, seconds: float) -> None:
        """Let nobody on this host depart for so long: the service has just refused one of us."""
        with self._lock:
            self._write([self._clock() + seconds - WINDOW] * self._limit)

    def _read(self) -> list[float]:
        try:
            past = [float(item) for item in json.loads(self._file.read_text())]
        except (OSError, ValueError, TypeError):
            return []
        return [] if any(time > self._clock() + FARTHEST for time in past) else past[-self._limit :]

    def _write(self, past: list[float]) -> None:
        self._file.write_text(json.dumps(past))


def private_folder() -> Path:
    """This user's own folder in the system's temporary folder."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"livestorm-salesforce-{user}"
