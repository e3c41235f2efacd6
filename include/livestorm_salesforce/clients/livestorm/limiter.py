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
MARGIN = 0.05
#: A slot further ahead than this was written before the host was restarted (the clock began anew).
FARTHEST = 120.0


class SharedLimiter:
    """Hands out departure times from a small file that all processes of the host share.

    A caller reserves its slot under a file lock and sleeps outside it: waiting is fair and nobody holds the lock.

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

    def acquire(self) -> None:
        """Wait for the next free slot."""
        with self._lock:
            slots = self._read()
            now = self._clock()
            start = now if len(slots) < self._limit else max(now, slots[0] + WINDOW + MARGIN)
            start = max([start, *slots[-1:]])
            self._write([*slots, start][-self._limit :])
        if start > now:
            self._sleep(start - now)

    def pause(self, seconds: float) -> None:
        """Let nobody on this host depart for so long: the service has just refused one of us."""
        with self._lock:
            until = self._clock() + seconds
            self._write([until - WINDOW] * (self._limit - 1) + [until])

    def _read(self) -> list[float]:
        try:
            slots = [float(item) for item in json.loads(self._file.read_text())]
        except (OSError, ValueError, TypeError):
            return []
        return [] if any(slot > self._clock() + FARTHEST for slot in slots) else slots[-self._limit :]

    def _write(self, slots: list[float]) -> None:
        self._file.write_text(json.dumps(slots))


def private_folder() -> Path:
    """This user's own folder in the system's temporary folder."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"livestorm-salesforce-{user}"
