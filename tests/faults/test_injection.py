"""A process that was killed does nothing more, as little as `finally` and `except` of a dead one do."""

from __future__ import annotations

from contextlib import suppress

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from tests.faults.injection import FaultSchedule, inject
from tests.faults.test_concurrent_changes import world  # noqa: F401 a fixture
from tests.harness.attempts import Killed, run_attempts
from tests.harness.world import World


def test_a_dead_process_writes_nothing_and_its_next_try_does(world: World) -> None:  # noqa: F811
    faulty, tries = FaultSchedule(kills={1: False}), []

    def do(number: int) -> None:
        tries.append(number)
        try:
            if number == 1:
                GuardedSession().request("GET", "http://127.0.0.1:9/")
        finally:
            world.state.write_json(f"try-{number}", {})

    with inject(world.sandbox, faulty):
        assert run_attempts(do) == "success"
    assert (tries, faulty.killed) == ([1, 2], 1)
    assert world.state.names("json") == ["try-2.json"]


@pytest.mark.parametrize(("last", "tries"), [(False, 2), (True, 1)])
def test_a_death_that_was_swallowed_still_ends_the_try(world: World, last: bool, tries: int) -> None:  # noqa: F811
    seen = []

    def do(number: int) -> None:
        seen.append(number)
        if number == 1:
            with suppress(Killed):
                GuardedSession().request("GET", "http://127.0.0.1:9/")

    with inject(world.sandbox, FaultSchedule(kills={1: False}, last=last)):
        assert run_attempts(do) == ("failed" if last else "success")
    assert len(seen) == tries


def test_a_kill_that_never_came_is_not_counted(world: World) -> None:  # noqa: F811
    faulty = FaultSchedule(kills={50: True})
    with inject(world.sandbox, faulty):
        assert run_attempts(lambda number: None) == "success"
    assert faulty.killed == 0
