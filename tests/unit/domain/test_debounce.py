"""When webhook deliveries start a run. Times are seconds; deliveries are named by their arrival."""

from __future__ import annotations

import pytest

from livestorm_salesforce.domain.sessions.debounce import DebounceRules, Observation

RULES = DebounceRules(quiet=5, max_wait=20, interval=30)


def starts(looks: list[tuple[float, float | None]], rules: DebounceRules = RULES) -> list[float]:
    """The times at which runs start.

    Args:
        looks: time of each look at the queue, and the arrival of the newest delivery; None if the queue is empty.
    """
    observation, found = Observation(), []
    for now, newest in looks:
        observation = observation.seen(newest, now)
        if observation.is_due(rules, now):
            observation = observation.started(now)
            found.append(now)
    return found


def every_second(until: int, arrivals: list[float]) -> list[tuple[float, float | None]]:
    """A look per second at a queue that no run empties."""
    return [(float(now), max((at for at in arrivals if at <= now), default=None)) for now in range(until)]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ([], []),
        ([3], [8.0]),
        ([3, 4, 7], [12.0]),
        ([3, 60], [8.0, 65.0]),
        ([*range(3, 40)], [23.0, 53.0]),
        ([3, 10], [8.0, 38.0]),
    ],
    ids=["nothing", "one", "a burst starts one run", "two bursts", "a steady stream waits 20 seconds", "the interval"],
)
def test_runs_start_after_a_pause_or_at_the_limit(arrivals: list[float], expected: list[float]) -> None:
    assert starts(every_second(100, arrivals)) == expected


def test_deliveries_that_a_start_announced_start_no_second_run() -> None:
    """Nor does a run that fails before it has seen them; an ordinary run uses them."""
    assert starts(every_second(1_000, [3])) == [8.0]


def test_deliveries_that_a_run_has_seen_start_none() -> None:
    looks = [(1.0, 1.0), (2.0, 2.0), (3.0, None), (20.0, None)]
    assert starts(looks) == []


def test_a_delivery_after_the_queue_was_emptied_waits_for_its_own_pause() -> None:
    assert starts([(1.0, 1.0), (3.0, None), (4.0, 4.0), (8.0, 4.0), (9.0, 4.0)]) == [9.0]


def test_the_clock_of_the_endpoint_does_not_matter() -> None:
    """Arrivals identify deliveries and are compared with no clock: here they are an hour ahead."""
    assert starts([(now, newest and newest + 3_600) for now, newest in every_second(20, [3])]) == [8.0]


def test_without_interval_only_the_pause_counts() -> None:
    rules = DebounceRules(quiet=2, max_wait=20, interval=0)
    assert starts(every_second(12, [1, 4]), rules) == [3.0, 6.0]
