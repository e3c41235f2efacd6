"""Backfill: past sessions that a person asked for, read in portions within the month's pace of Livestorm calls.

A session of a backfill waits (`scope.WAITING`, never read) until its portion comes, gets its Campaign in the run that
reads it, and is an ordinary past session from then on. So a backfill goes on over many runs, can be stopped by
removing the waiting sessions, and is resumed by asking for the same period again.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import pandas as pd

from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.scope import WAITING

PAGE_SIZE = 50  # registrants per Livestorm call (API: pagination)
PACED = "backfill: read in portions, within the month's pace of Livestorm calls"


@dataclass(frozen=True)
class Cost:
    """What a backfill still costs.

    Attributes:
        sessions: sessions that are not read yet, those of this run included.
        registrants: their registrants as listed.
        calls: Livestorm calls for reading them.
        calls_now: calls that the pace allows now; None without a known allowance.
        days: days until the last portion if other reads use none of the pace; None without a known allowance.
    """

    sessions: int
    registrants: int
    calls: int
    calls_now: int | None
    days: int | None

    def __str__(self) -> str:
        size = f"{self.sessions:,} sessions with {self.registrants:,} registrants, {self.calls:,} Livestorm calls"
        if self.calls_now is None or self.days is None:
            return f"{size}; the monthly allowance is not known yet"
        if not self.days:
            return f"{size}, all of them within the calls of now ({self.calls_now:,})"
        return f"{size}: {self.calls_now:,} calls now, the rest in at least {self.days:,} days at the month's pace"


def is_waiting(known: pd.DataFrame) -> pd.Series[bool]:
    """Stored sessions (`scope.KNOWN_COLUMNS`) of a backfill that no run has read yet."""
    return (known["status"] == WAITING) & known["read_at"].isna() & (known["registrants_count"] != 0)


def portion(known: pd.DataFrame, calls: float) -> pd.Series[bool]:
    """The waiting sessions that a run looks up, the latest first: one call each, and their registrants' pages.

    Args:
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
        calls: calls that the pace allows now.
    """
    queue = known[is_waiting(known)].sort_values(["updated_at", "session_id"], ascending=[False, True])
    fitting = (_pages(queue) + 1).cumsum() <= calls
    return pd.Series(known.index.isin(queue.index[fitting]), index=known.index)


def beyond_pace(frame: pd.DataFrame, calls: float) -> pd.Index[int]:
    """Sessions of a backfill to be read that exceed the calls of the pace; the most urgent ones come first.

    Args:
        frame: columns of `read_schedule.decide_reading`.
        calls: calls that the pace allows now.
    """
    queue = frame[frame["read"] & frame["backfill"]].sort_values(["urgency", "session_id"])
    return queue.index[queue["pages"].cumsum() > calls]


def cost(frame: pd.DataFrame, known: pd.DataFrame, quota: Quota) -> Cost:
    """The cost of what is left, before this run reads its portion.

    Args:
        frame: listed sessions, columns of `scope.decide_scope`.
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
        quota: the month's allowance.
    """
    listed = frame[frame["backfill"] & (frame["registrants_count"] != 0)]
    others = known[is_waiting(known) & ~known["session_id"].isin(frame["session_id"])]
    calls = int(_pages(listed).sum() + (_pages(others) + 1).sum())
    counts = pd.concat([listed["registrants_count"], others["registrants_count"]])
    numbers = len(counts), int(counts.fillna(0).sum()), calls
    if not quota.limit:
        return Cost(*numbers, None, None)
    now = max(0, int(quota.backfill_calls))
    return Cost(*numbers, now, ceil(quota.days_for(calls)) if calls > now else 0)


def _pages(frame: pd.DataFrame) -> pd.Series[float]:
    return (frame["registrants_count"].fillna(1) / PAGE_SIZE).apply(ceil).clip(lower=1)
