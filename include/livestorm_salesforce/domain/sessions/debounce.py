"""When webhook deliveries start a run: once none has arrived for some seconds, or the first has waited long enough.

All times are seconds of one clock, that of the process that watches the queue; the clock that stamped the deliveries
may differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class DebounceRules:
    """Settings of runs that webhooks start, in seconds.

    Attributes:
        quiet: time without a new delivery after which a run starts.
        max_wait: time that the first delivery waits while others keep arriving.
        interval: minimum time between two starts.
    """

    quiet: float
    max_wait: float
    interval: float


@dataclass(frozen=True)
class Observation:
    """What was observed of the queue of deliveries that no run has seen.

    Attributes:
        newest: arrival of the newest delivery, as stored with it; None if the queue was empty. It identifies a change
            of the queue and is compared with no clock.
        first_at: when the first delivery since the last start was observed; None without one.
        last_at: when the newest delivery was first observed.
        started_at: when a run was started last; None before the first.
    """

    newest: float | None = None
    first_at: float | None = None
    last_at: float = 0.0
    started_at: float | None = None

    def seen(self, newest: float | None, now: float) -> Observation:
        """The observation after a look at the queue. Deliveries that an earlier start announced start no second run.

        Args:
            newest: arrival of the newest delivery in the queue; None if it is empty.
            now: time of the look.
        """
        if newest is None:
            return replace(self, first_at=None)
        if newest == self.newest:
            return self
        return replace(self, newest=newest, first_at=now if self.first_at is None else self.first_at, last_at=now)

    def is_due(self, rules: DebounceRules, now: float) -> bool:
        """Whether a run should start now."""
        if self.first_at is None:
            return False
        if self.started_at is not None and now - self.started_at < rules.interval:
            return False
        return now - self.last_at >= rules.quiet or now - self.first_at >= rules.max_wait

    def started(self, now: float) -> Observation:
        """The observation after the start of a run."""
        return replace(self, first_at=None, started_at=now)
