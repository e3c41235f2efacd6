"""The cost of a backfill before it starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from livestorm_salesforce.web.backfill import Allowances, estimate, start_of

ALLOWANCES = Allowances(
    left=5_000,
    window_ends_in=timedelta(days=10),
    per_run=2_000,
    per_window=9_500,
    interval=timedelta(hours=1),
    bulk_above=2_000,
)


def test_a_small_backfill_takes_one_run() -> None:
    """Three webinars: 1, 2 and 20 pages of 50, and one page of the list."""
    cost = estimate([0, 80, 1_000], ALLOWANCES)
    assert (cost.webinars, cost.registrants, cost.livestorm_calls, cost.runs, cost.days) == (3, 1_080, 24, 1, 1)
    assert cost.is_sufficient and cost.salesforce_calls == 1 + 2 + 2 + 2 * 2


def test_the_cost_in_salesforce_follows_the_limit_of_bulk_jobs() -> None:
    """3,000 people and their members: two bulk jobs, or three composite requests each."""
    jobs, collections = (estimate([3_000], replace(ALLOWANCES, bulk_above=rows)) for rows in (2_000, 3_000))
    assert jobs.salesforce_calls - collections.salesforce_calls == 2 * 6 - 2 * 3


@pytest.mark.parametrize(("left", "days"), [(5_000, 10), (0, 40), (-200, 40), (None, 1)])
def test_calls_beyond_the_window_wait_for_the_next_ones(left: int | None, days: int) -> None:
    """500,000 registrants are 10,001 calls: with 5,000 left the rest waits 10 days, with none a window longer."""
    cost = estimate([500_000], replace(ALLOWANCES, left=left))
    assert cost.livestorm_calls == 10_001 and cost.days == days and cost.is_sufficient == (left is None)


def test_nothing_to_read_costs_nothing() -> None:
    cost = estimate([], ALLOWANCES)
    assert (cost.livestorm_calls, cost.salesforce_calls, cost.runs, cost.days) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "start"),
    [("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)), ("31/01/2026", None), ("", None), ("now", None)],
)
def test_dates_of_the_form_are_utc(text: str, start: datetime | None) -> None:
    assert start_of(text) == start
