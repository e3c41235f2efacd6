"""The lower bounds published in docs/reference/benchmarks.md."""

from __future__ import annotations

import pytest

from benchmarks.lower_bound import LATEST_POLL, PAGE, SCALES, WHOLE, month_without_waiting
from benchmarks.month import POLL

MONTH, WAVES = SCALES


@pytest.mark.parametrize(
    ("scale", "poll", "page", "attended", "calls"),
    [
        (MONTH, POLL, PAGE, False, (2_880, 9_288, 826, 193)),
        (MONTH, LATEST_POLL, PAGE, False, (1_516, 6_998, 826, 193)),
        (MONTH, LATEST_POLL, PAGE, True, (1_516, 6_998, 347, 193)),
        (MONTH, LATEST_POLL, WHOLE, False, (1_516, 6_854, 56, 34)),
        (WAVES, POLL, WHOLE, False, (2_880, 4_972, 56, 34)),
        (WAVES, POLL, PAGE, False, (2_880, 5_151, 775, 188)),
        (WAVES, LATEST_POLL, PAGE, False, (1_516, 3_792, 775, 188)),
    ],
)
def test_the_calls_of_a_month_without_waiting(scale, poll, page, attended, calls):
    counted = month_without_waiting(scale, poll, page, attended=attended)
    assert tuple(counted.values()) == (*calls, sum(calls))
