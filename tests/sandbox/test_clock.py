"""The clock keeps running after it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from service_sandbox.control.clock import Clock
from tests.sandbox.conftest import START, Client


class RealTime:
    """A machine's clock that tests advance."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_the_clock_runs_on_after_a_move_in_both_directions() -> None:
    real = RealTime()
    clock = Clock(real=real)
    for target in (5_000, 100):
        clock.move_to(target)
        real.now += 7
        assert clock.timestamp() == target + 7


def test_advance_takes_the_arguments_of_timedelta() -> None:
    clock = Clock(0, real=RealTime())
    assert clock.advance(hours=3, minutes=5) == datetime(1970, 1, 1, 3, 5, tzinfo=UTC)
    assert clock.http_date() == "Thu, 01 Jan 1970 03:05:00 GMT"


def test_times_with_any_zone_are_accepted_and_naive_times_rejected() -> None:
    clock = Clock(real=RealTime())
    clock.move_to(datetime(2026, 11, 23, 15, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == datetime(2026, 11, 23, 14, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        clock.move_to(datetime(2026, 11, 23))


def test_the_offset_is_stored_in_a_file(tmp_path: Path) -> None:
    real = RealTime()
    Clock(START, file=tmp_path / "clock", real=real).advance(days=1)
    assert Clock(5, file=tmp_path / "clock", real=real).timestamp() == START + 86_400


def test_responses_have_one_date_header_by_the_clock(client: Client, sandbox: Sandbox) -> None:
    sandbox.clock.move_to(datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC))
    date = client.get("/ping").headers["Date"]
    assert date.startswith("Wed, 03 Feb 2027 04:05:0")
    assert date.count("GMT") == 1
