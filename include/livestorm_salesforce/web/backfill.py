"""What a backfill costs: calls of both services, runs and days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from livestorm_salesforce.domain.sessions.read_schedule import PAGE_SIZE
from livestorm_salesforce.web.health import WINDOW_DAYS

#: Livestorm's calls per window (livestorm-api: rate limits).
MONTHLY_CALLS = 10_000
#: Rows of a composite request and of a bulk job (docs/reference/cost-model.md).
COMPOSITE_ROWS, BULK_ROWS = 1_000, 10_000
#: Calls of a bulk job with two polls.
BULK_CALLS = 6


@dataclass(frozen=True)
class Allowances:
    """What limits a backfill.

    Attributes:
        left: Livestorm's calls left in the window after the reserve; None if unknown.
        window_ends_in: time until Livestorm's window ends.
        per_run: Livestorm's calls per run.
        per_window: Livestorm's calls in a full window after the reserve.
        interval: time between two runs.
        bulk_above: more rows of an object are written by bulk jobs.
    """

    left: int | None
    window_ends_in: timedelta
    per_run: int
    per_window: int
    interval: timedelta
    bulk_above: int


@dataclass(frozen=True)
class Estimate:
    """The cost of a backfill. `days` is the time until the last of its webinars is loaded."""

    webinars: int
    registrants: int
    livestorm_calls: int
    salesforce_calls: int
    runs: int
    days: int
    is_sufficient: bool


def estimate(registrants: Sequence[int], allowances: Allowances) -> Estimate:
    """The cost of a backfill of webinars with these numbers of registrants."""
    pages = [max(1, math.ceil(count / PAGE_SIZE)) for count in registrants]
    calls = sum(pages) + math.ceil(len(pages) / PAGE_SIZE)
    available = calls if allowances.left is None else max(allowances.left, 0)
    wait = timedelta()
    if calls > available:
        windows = math.ceil((calls - available) / max(allowances.per_window, 1))
        wait = allowances.window_ends_in + timedelta(days=WINDOW_DAYS) * (windows - 1)
    runs = math.ceil(calls / max(allowances.per_run, 1))
    days = max(wait, allowances.interval * runs) / timedelta(days=1)
    total = sum(registrants)
    return Estimate(
        len(pages),
        total,
        calls,
        salesforce_calls(len(pages), total, allowances.bulk_above),
        runs,
        math.ceil(days),
        calls <= available,
    )


def salesforce_calls(webinars: int, registrants: int, bulk_above: int) -> int:
    """Calls of Salesforce for webinars without Campaigns and people who are new (docs/reference/cost-model.md)."""
    if not webinars:
        return 0
    look_ups = math.ceil(registrants / 4_500) + math.ceil(registrants / 10_000)
    campaigns = 2 * math.ceil(webinars / COMPOSITE_ROWS)
    return 1 + look_ups + campaigns + 2 * _write_calls(registrants, bulk_above)


def _write_calls(rows: int, bulk_above: int) -> int:
    return math.ceil(rows / COMPOSITE_ROWS) if rows <= bulk_above else BULK_CALLS * math.ceil(rows / BULK_ROWS)


def start_of(text: str) -> datetime | None:
    """The date of the form (ISO 8601) in UTC; None if it is none."""
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
