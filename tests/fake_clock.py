"""Clocks for tests: none waits as long as the product would."""

from __future__ import annotations

import time

from livestorm_salesforce.clock import SystemClock
from service_sandbox import Sandbox


class FakeClock:
    """A clock that only sleeping moves, and sleeping takes no time.

    Attributes:
        sleeps: seconds of every sleep.
    """

    def __init__(self, now: float = 1_795_428_000.0) -> None:
        self._now = now
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self._now + sum(self.sleeps)

    def monotonic(self) -> float:
        return 1_000.0 + sum(self.sleeps)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)


class FastClock(SystemClock):
    """The system clock with sleeps of a hundredth: bulk jobs of the sandbox take real time.

    Attributes:
        sleeps: seconds of every sleep, as the product asked for them.
    """

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        time.sleep(min(seconds / 100, 0.1))


class SandboxClock(FastClock):
    """A fast clock whose sleeps advance the sandbox: requests that are due during the sleep are executed."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def sleep(self, seconds: float) -> None:
        self._sandbox.delayed_calls.run_due(seconds)
        super().sleep(seconds)


class HostClock(SandboxClock):
    """The clock of a host whose time is Livestorm's."""

    def now(self) -> float:
        return self._sandbox.clock.timestamp()
