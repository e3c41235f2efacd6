"""A process that was killed does nothing more, as little as `finally` and `except` of a dead one do."""

from __future__ import annotations

from contextlib import suppress

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from tests.faults.airflow_like import QuickWorld, attempt
from tests.faults.injection import Killed, Weather, blowing
from tests.faults.test_meanwhile import world  # noqa: F401 a fixture


def test_a_dead_process_writes_nothing_and_its_next_try_does(world: QuickWorld) -> None:  # noqa: F811
    foul, tries = Weather(kills={1: False}), []

    def do(number: int) -> None:
        tries.append(number)
        try:
            if number == 1:
                GuardedSession().request("GET", "http://127.0.0.1:9/")
        finally:
            world.state.write_json(f"try-{number}", {})

    with blowing(world.sandbox, foul):
        assert attempt(do) == "success"
    assert (tries, foul.killed) == ([1, 2], 1)
    assert world.state.names("json") == ["try-2.json"]


@pytest.mark.parametrize(("last", "tries"), [(False, 2), (True, 1)])
def test_a_death_that_was_swallowed_still_ends_the_try(world: QuickWorld, last: bool, tries: int) -> None:  # noqa: F811
    seen = []

    def do(number: int) -> None:
        seen.append(number)
        if number == 1:
            with suppress(Killed):
                GuardedSession().request("GET", "http://127.0.0.1:9/")

    with blowing(world.sandbox, Weather(kills={1: False}, last=last)):
        assert attempt(do) == ("failed" if last else "success")
    assert len(seen) == tries


def test_a_kill_that_never_came_is_not_counted(world: QuickWorld) -> None:  # noqa: F811
    foul = Weather(kills={50: True})
    with blowing(world.sandbox, foul):
        assert attempt(lambda number: None) == "success"
    assert foul.killed == 0
