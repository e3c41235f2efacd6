"""What no policy can go below: the figures of docs/reference/benchmarks.md."""

from __future__ import annotations

import pytest

from benchmarks.lower_bound import LATEST_POLL, PAGE, SCALES, WHOLE, whole
from benchmarks.simulate import POLL

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
def test_what_a_month_costs_in_which_nobody_waits(scale, poll, page, attended, calls):
    told = whole(scale, poll, page, attended=attended)
    assert tuple(told.values()) == (*calls, sum(calls))
