"""Sessions and allowances for tests of the read schedule."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions.quota import Quota

NOW = pd.Timestamp("2026-11-23T12:00:00Z")
RULES = ReadingRules()


def ago(**step: float) -> pd.Timestamp:
    return NOW - pd.Timedelta(**step)


def session(**result: object) -> dict[str, object]:
    """An upcoming session of 400 registrants in ten days, read an hour ago, of which nothing has changed."""
    plain = {
        "session_id": "s1", "scope": True, "status": "upcoming", "known_status": "upcoming", "registrants_count": 400.0,
        "known_registrants_count": 400.0, "attendees_count": 0.0, "known_attendees_count": 0.0,
        "updated_at": ago(days=9), "known_updated_at": ago(days=9), "read_at": ago(hours=1), "full_at": ago(hours=1),
        "ended_at": pd.NaT, "estimated_started_at": NOW + pd.Timedelta(days=10), "retry": False,
    }  # fmt: skip
    return {**plain, **result}


def frame(*sessions: dict[str, object]) -> pd.DataFrame:
    rows = pd.DataFrame(list(sessions)).assign(backfill=False)
    for name in ("registrants_count", "known_registrants_count"):
        rows[name] = rows[name].astype("float64")
    for name in ("updated_at", "known_updated_at", "read_at", "full_at", "ended_at", "estimated_started_at"):
        rows[name] = pd.to_datetime(rows[name], utc=True)
    return rows


OVER = {"status": "past", "known_status": "past"}
DUE = {**OVER, "ended_at": ago(days=9), "full_at": ago(days=2)}


def quota(used: int, days: float = 15, refreshed: int = 0) -> Quota:
    return Quota(10_000, 10_000 - used, ago(days=days), NOW, 80, refreshed, 12)
