"""Lines of progress in a task log."""

from __future__ import annotations

import logging

import pytest

from livestorm_salesforce.runs.progress import INTERVAL, Progress


class Steps:
    """A clock that advances by a fixed time whenever it is read."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.time = seconds, 0.0

    def now(self) -> float:
        return self.monotonic()

    def monotonic(self) -> float:
        self.time += self.seconds
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_a_line_states_the_rate_and_the_remaining_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    progress = Progress("Wrote", "rows", 1000, Steps(INTERVAL / 2))
    progress.add(100)
    assert caplog.messages == []
    progress.add(100)
    assert caplog.messages[0].startswith("Wrote 200 of 1,000 rows, ")
    assert "per second, about " in caplog.messages[0] and caplog.messages[0].endswith(" left")
    progress.add(800)
    assert "left" not in progress.line()


def test_a_high_rate_has_separators() -> None:
    progress = Progress("Read", "rows", 100_000, Steps(1))
    progress.add(50_000)
    assert ", 25,000 per second" in progress.line()


def test_without_a_known_total_only_the_rate_is_stated() -> None:
    progress = Progress("Read", "registrants of a session", 0, Steps(INTERVAL))
    progress.add(50)
    assert progress.line().startswith("Read 50 registrants of a session, ") and "left" not in progress.line()
