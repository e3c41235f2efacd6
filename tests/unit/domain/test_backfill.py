"""A backfill: its cost, and the portions in which it is read."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.sessions import backfill, scope
from livestorm_salesforce.domain.sessions.quota import Quota

NOW = pd.Timestamp("2026-11-23T10:00:00Z")


def known(*rows: tuple[str, str, float, bool]) -> pd.DataFrame:
    """Sessions as stored: id, status, registrants, whether they were read; earlier ones are newer."""
    frame = pd.DataFrame(rows, columns=["session_id", "status", "registrants_count", "read"])
    moments = [NOW - pd.Timedelta(days=number) for number in range(len(frame))]
    frame["read_at"] = pd.Series(moments).where(frame["read"])
    return scope.typed_known(frame.assign(updated_at=moments))


def listed(*rows: tuple[str, float, float]) -> pd.DataFrame:
    """Sessions of a backfill to be read: id, registrants, urgency."""
    frame = pd.DataFrame(rows, columns=["session_id", "registrants_count", "urgency"])
    return frame.assign(backfill=True, read=True, pages=-(-frame["registrants_count"] // backfill.PAGE_SIZE))


def quota(used: int, limit: int | None = 10_000, days: float = 0) -> Quota:
    return Quota(limit, None if limit is None else limit - used, NOW - pd.Timedelta(days=days), NOW)


STORED = known(
    ("recent", "waiting", 100, False), ("older", "waiting", 1_000, False), ("oldest", "waiting", 100, False),
    ("read", "waiting", 100, True), ("past", "past", 100, False), ("empty", "waiting", 0, False),
)  # fmt: skip


def test_sessions_that_were_asked_for_and_not_read_wait() -> None:
    assert STORED.loc[backfill.is_waiting(STORED), "session_id"].tolist() == ["recent", "older", "oldest"]


def test_a_portion_is_looked_up_from_the_latest_on_and_none_overtakes() -> None:
    """A look-up costs a call, 100 registrants two more: the third session waits for the large one before it."""
    portions = {
        calls: STORED.loc[backfill.portion(STORED, calls), "session_id"].tolist() for calls in (2, 3, 23, 24, 27)
    }
    assert portions == {2: [], 3: ["recent"], 23: ["recent"], 24: ["recent", "older"],
                        27: ["recent", "older", "oldest"]}  # fmt: skip


def test_sessions_beyond_the_pace_are_the_least_urgent_ones() -> None:
    frame = listed(("b", 100, 2.0), ("a", 1_000, 1.0), ("c", 50, 3.0))
    beyond = {calls: frame.loc[backfill.beyond_pace(frame, calls), "session_id"].tolist() for calls in (19, 20, 22, 23)}
    assert beyond == {19: ["a", "b", "c"], 20: ["b", "c"], 22: ["c"], 23: []}


def test_the_cost_of_half_a_million_registrants() -> None:
    """10,000 calls; 16 % of the planned 8,000 less the 800 for refreshes are free at once, 7,200 in the first
    30 days, the other 2,800 when 3,600 of the next 8,000 may be used."""
    frame = listed(*((f"s{number:03d}", 1_000, 1.0) for number in range(500)))
    cost = backfill.cost(frame, scope.empty_known(), quota(0))
    assert cost == backfill.Cost(500, 500_000, 10_000, 480, 44)
    assert str(cost) == (
        "500 sessions with 500,000 registrants, 10,000 Livestorm calls: 480 calls now, the rest in at least 44 days at "
        "the month's pace"
    )


def test_the_cost_of_what_is_left_counts_stored_sessions_with_their_look_up() -> None:
    nothing = listed().astype({"backfill": bool})
    assert backfill.cost(nothing, STORED, quota(0)) == backfill.Cost(3, 1_200, 24 + 3, 480, 0)
    assert "all of them within the calls of now (480)" in str(backfill.cost(nothing, STORED, quota(0)))
    assert "not known yet" in str(backfill.cost(nothing, STORED, quota(0, limit=None)))
