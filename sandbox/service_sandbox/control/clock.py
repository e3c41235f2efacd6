"""The sandbox's clock: real time plus an offset. It keeps running after it is moved."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

Moment = datetime | float | int
"""An aware datetime, or seconds since 1970."""


def epoch(moment: Moment) -> float:
    """Returns seconds since 1970.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("the datetime has no time zone: give an aware datetime or epoch seconds")
        return moment.timestamp()
    return float(moment)


class Clock:
    """The current time of both services. Thread-safe.

    Args:
        start: initial time; None for the real time.
        file: stores the offset between two starts of the sandbox. A stored offset takes precedence over `start`.
        real: seconds since 1970 by the machine's clock; replaced in tests of the clock itself.
    """

    def __init__(
        self, start: Moment | None = None, *, file: Path | None = None, real: Callable[[], float] = time.time
    ) -> None:
        self._real, self._file, self._lock = real, file, threading.Lock()
        self._offset = 0.0 if start is None else epoch(start) - real()
        if file and file.exists():
            self._offset = float(file.read_text())
        else:
            self._save()

    def now(self) -> datetime:
        """Returns the current time in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Returns the current time in seconds since 1970."""
        with self._lock:
            return self._real() + self._offset

    def move_to(self, moment: Moment) -> datetime:
        """Sets the time, forwards or backwards, and returns it."""
        with self._lock:
            self._offset = epoch(moment) - self._real()
            self._save()
        return self.now()

    def advance(self, **step: float) -> datetime:
        """Moves the time forward by the arguments of `timedelta`, as in `advance(hours=3, minutes=5)`; returns it."""
        with self._lock:
            self._offset += timedelta(**step).total_seconds()
            self._save()
        return self.now()

    def http_date(self) -> str:
        """Returns the current time as the value of a `Date` header (RFC 9110)."""
        return formatdate(self.timestamp(), usegmt=True)

    def _save(self) -> None:
        if self._file:
            self._file.write_text(repr(self._offset))
