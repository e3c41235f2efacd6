"""The sandbox's clock: real time plus an offset, so that it ticks on wherever it was moved to."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

Moment = datetime | float | int


def epoch(moment: Moment) -> float:
    """Seconds since 1970; a datetime must know its zone (ValueError otherwise)."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone says nothing: give an aware datetime or epoch seconds")
        return moment.timestamp()
    return float(moment)


class Clock:
    """Now, for both services. Safe for several threads.

    Args:
        start: what the clock shows at first; None for the real time.
        file: keeps the offset between two starts of the sandbox; what it holds goes before `start`.
        real: seconds since 1970 by the machine's clock; another function in tests of the clock itself.
    """

    def __init__(
        self, start: Moment | None = None, *, file: Path | None = None, real: Callable[[], float] = time.time
    ) -> None:
        self._real, self._file, self._lock = real, file, threading.Lock()
        self._offset = 0.0 if start is None else epoch(start) - real()
        if file and file.exists():
            self._offset = float(file.read_text())
        else:
            self._keep()

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """The present moment in seconds since 1970."""
        with self._lock:
            return self._real() + self._offset

    def move_to(self, moment: Moment) -> datetime:
        """Go to a moment, forwards or backwards, and tick on from there; returns it."""
        with self._lock:
            self._offset = epoch(moment) - self._real()
            self._keep()
        return self.now()

    def advance(self, **step: float) -> datetime:
        """Go on by a `timedelta` given in words, as in `advance(hours=3, minutes=5)`; returns the new moment."""
        with self._lock:
            self._offset += timedelta(**step).total_seconds()
            self._keep()
        return self.now()

    def http_date(self) -> str:
        """The present moment as the value of a `Date` header (RFC 9110)."""
        return formatdate(self.timestamp(), usegmt=True)

    def _keep(self) -> None:
        if self._file:
            self._file.write_text(repr(self._offset))
