"""What a backfill costs before it starts: calls of both services, and days at the month's pace."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pandas as pd

from livestorm_salesforce.domain.sessions import backfill, scope
from livestorm_salesforce.domain.sessions.quota import Quota, window_began
from livestorm_salesforce.domain.sessions.sync_state import SyncState

#: Livestorm's calls per window (livestorm-api: rate limits), until a run has learned those of the account.
MONTHLY_CALLS = 10_000
#: Rows of a composite request and of a bulk job (docs/reference/cost-model.md).
COMPOSITE_ROWS, BULK_ROWS = 1_000, 10_000
#: Calls of a bulk job with two polls.
BULK_CALLS = 6


def stored_quota(state: SyncState | None, limit: int | None, percent: float, now: pd.Timestamp) -> Quota:
    """The month's allowance as the last successful run left it; without a limit if no run has learned it.

    Args:
        limit: calls of a window that the newest run stated; None if none did.
        percent: share of the allowance that this project plans to use.
        now: the present time.
    """
    if state is None or state.remaining is None:
        return Quota(None, None, now, now, percent)
    limit = max(limit or MONTHLY_CALLS, state.remaining)
    began = window_began(state.remaining, state.remaining, state.window_began, now)
    if began == state.window_began:
        return Quota(limit, state.remaining, began, now, percent, state.refreshed)
    return Quota(limit, limit, began, now, percent)


def cost(registrants: dict[str, int], known: pd.DataFrame, quota: Quota) -> backfill.Cost:
    """The cost of a backfill of these webinars and of those that an earlier one left.

    Args:
        registrants: number of registrants by session id.
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
        quota: the month's allowance.
    """
    rows = {"session_id": [*registrants], "registrants_count": [float(count) for count in registrants.values()]}
    frame = pd.DataFrame(rows).astype({"session_id": "str", "registrants_count": "float64"})
    return backfill.cost(frame.assign(backfill=True), known, quota)


def known_sessions(state: SyncState | None) -> pd.DataFrame:
    """The sessions of the sync state; no rows before the first successful run."""
    return state.known if state else scope.empty_known()


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
