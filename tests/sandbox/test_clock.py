"""The clock ticks on from wherever it is moved to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from service_sandbox.clock import Clock
from tests.sandbox.conftest import START, Client


class Real:
    """A machine's clock that goes on when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_it_ticks_on_after_a_move_forwards_and_backwards() -> None:
    real = Real()
    clock = Clock(real=real)
    for target in (5_000, 100):
        clock.move_to(target)
        real.now += 7
        assert clock.timestamp() == target + 7


def test_it_advances_by_words_and_tells_utc() -> None:
    clock = Clock(0, real=Real())
    assert clock.advance(hours=3, minutes=5) == datetime(1970, 1, 1, 3, 5, tzinfo=UTC)
    assert clock.http_date() == "Thu, 01 Jan 1970 03:05:00 GMT"


def test_another_zone_is_understood_and_a_naive_moment_refused() -> None:
    clock = Clock(real=Real())
    clock.move_to(datetime(2026, 11, 23, 15, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == datetime(2026, 11, 23, 14, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        clock.move_to(datetime(2026, 11, 23))


def test_its_offset_outlives_the_process(tmp_path: Path) -> None:
    real = Real()
    Clock(START, file=tmp_path / "clock", real=real).advance(days=1)
    assert Clock(5, file=tmp_path / "clock", real=real).timestamp() == START + 86_400


def test_answers_of_the_service_are_dated_by_it(client: Client, sandbox: Sandbox) -> None:
    sandbox.clock.move_to(datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert client.get("/ping").headers["Date"].startswith("Wed, 03 Feb 2027 04:05:0")
    assert client.get("/ping").headers["Date"].count("GMT") == 1
