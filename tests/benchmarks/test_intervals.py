"""Each moment of a run is counted once, for the right service."""

from __future__ import annotations

import pytest

from benchmarks import intervals
from service_sandbox.control.calls import Call

JOB = "/services/data/v66.0/jobs/ingest/750A"


def call(
    time: float, seconds: float, *, path: str = "/v1/sessions", method: str = "GET", call_type: str = "list"
) -> Call:
    return Call(time=time, service="any", method=method, path=path, call_type=call_type, status=200, seconds=seconds)


def test_simultaneous_calls_count_once() -> None:
    assert intervals.seconds([(0, 2), (1, 3), (5, 6)]) == 4


def test_time_of_one_side_is_subtracted_from_another() -> None:
    assert intervals.without([(0, 10)], [(2, 3), (9, 12)]) == [(0, 2), (3, 9)]
    assert intervals.within([(0, 10)], (4, 5)) == [(4, 5)]


@pytest.mark.parametrize(("sixth", "seconds"), [(1.1, 1.2), (3.0, 0.6)])
def test_a_wait_is_attributed_to_livestorm_if_its_rate_limit_caused_it(sixth: float, seconds: float) -> None:
    """Five calls at once, then the sixth as soon as the limit allows, or later."""
    calls = [call(number * 0.1, 0.1) for number in range(5)]
    assert intervals.seconds(intervals.livestorm([*calls, call(sixth, 0.1)])) == pytest.approx(seconds)


def test_a_bulk_job_counts_from_its_upload_to_its_last_poll() -> None:
    calls = [
        call(0, 1, path=f"{JOB}/batches", method="PUT", call_type="bulk.upload"),
        call(2, 0.1, path=JOB, method="PATCH", call_type="bulk.state"),
        call(3, 0.1, path=JOB, call_type="bulk.status"),
        call(6, 0.1, path=JOB, call_type="bulk.status"),
        call(9, 0.1, path=f"{JOB}/successfulResults", call_type="bulk.results"),
    ]
    assert intervals.seconds(intervals.salesforce(calls)) == pytest.approx(1 + 4.1 + 0.1)
