"""A killed process has no further effect, not even in `finally` and `except`."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.state import runs
from tests.faults.injection import FaultSchedule, inject
from tests.faults.test_concurrent_changes import world  # noqa: F401 a fixture
from tests.harness.attempts import Killed, run_attempts
from tests.harness.world import World


def test_a_killed_process_writes_nothing_and_the_next_attempt_does(world: World) -> None:  # noqa: F811
    faulty, attempts = FaultSchedule(kills={1: False}), []

    def do(number: int) -> None:
        attempts.append(number)
        try:
            if number == 1:
                GuardedSession().request("GET", "http://127.0.0.1:9/")
        finally:
            runs.start(world.state, "dag", f"try-{number}", datetime.now(UTC), is_manual=True, mode="apply")

    with inject(world.sandbox, faulty):
        assert run_attempts(do) == "success"
    assert (attempts, faulty.killed) == ([1, 2], 1)
    assert runs.in_progress(world.state.database, datetime(2000, 1, 1, tzinfo=UTC)) == ["try-2"]


@pytest.mark.parametrize(("last", "attempts"), [(False, 2), (True, 1)])
def test_a_suppressed_kill_still_ends_the_attempt(world: World, last: bool, attempts: int) -> None:  # noqa: F811
    seen = []

    def do(number: int) -> None:
        seen.append(number)
        if number == 1:
            with suppress(Killed):
                GuardedSession().request("GET", "http://127.0.0.1:9/")

    with inject(world.sandbox, FaultSchedule(kills={1: False}, last=last)):
        assert run_attempts(do) == ("failed" if last else "success")
    assert len(seen) == attempts


def test_a_kill_that_was_not_reached_is_not_counted(world: World) -> None:  # noqa: F811
    faulty = FaultSchedule(kills={50: True})
    with inject(world.sandbox, faulty):
        assert run_attempts(lambda number: None) == "success"
    assert faulty.killed == 0
