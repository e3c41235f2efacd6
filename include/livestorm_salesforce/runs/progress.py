"""Progress of a task in its log: what is done, the rate, and the remaining time."""

from __future__ import annotations

import logging

from livestorm_salesforce.clock import Clock

log = logging.getLogger(__name__)
#: Seconds between two lines.
INTERVAL = 10.0


class Progress:
    """Counts what a task has done and logs a line at most every `INTERVAL` seconds.

    Args:
        action: what is done, such as `Read`.
        unit: what is counted, in the plural.
        total: how many there are; 0: not known.
    """

    def __init__(self, action: str, unit: str, total: int, clock: Clock) -> None:
        self._action, self._unit, self.total, self._clock = action, unit, total, clock
        self._began = self._logged = clock.monotonic()
        self.done = 0

    def add(self, count: int = 1) -> None:
        """Count something that is done."""
        self.done += count
        now = self._clock.monotonic()
        if now - self._logged >= INTERVAL:
            self._logged = now
            log.info(self.line())

    def line(self) -> str:
        """What is done, such as `Read 400 of 1,000 sessions, 20 per second, about 30 s left`."""
        seconds = max(self._clock.monotonic() - self._began, 0.001)
        rate = self.done / seconds
        shown = f"{rate:,.1f}" if rate < 10 else f"{rate:,.0f}"
        of_all = f" of {self.total:,}" if self.total else ""
        text = f"{self._action} {self.done:,}{of_all} {self._unit}, {shown} per second"
        if not self.done or self.done >= self.total:
            return text
        return f"{text}, about {_duration((self.total - self.done) / rate)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
