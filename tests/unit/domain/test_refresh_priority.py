"""Which reads that only refresh go first when calls run short, and for which sessions calls are kept."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from livestorm_salesforce.domain.sessions import call_budget, listing, read_schedule
from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.scope import Request
from tests.unit.domain.test_read_schedule import NOW, OVER, RULES, ago, frame, quota, session

ON_DEMAND = {"status": "on_demand", "known_status": "on_demand"}
COUNTLESS = {"registrants_count": None, "known_registrants_count": None}
SHORT = quota(4_500, refreshed=900)  # nothing is to spare, and the share that is kept is used up


def end_time(days: float, read: float, **result: object) -> dict[str, object]:
    """A session that ended so many days ago and whose people were all read so many days ago."""
    return session(**{**OVER, "ended_at": ago(days=days), "full_at": ago(days=read), **result})


def named(*sessions: dict[str, object]) -> list[dict[str, object]]:
    return [{**one, "session_id": f"s{number}"} for number, one in enumerate(sessions)]


def urgencies(*sessions: dict[str, object], refused: set[str] | None = None) -> list[float]:
    reading = read_schedule.decide_reading(frame(*named(*sessions)), Request(), RULES, NOW, overdue=refused or ())
    assert reading["refresh_only"].all()
    return reading.sort_values("session_id")["urgency"].tolist()


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param([end_time(2, 1), session(full_at=ago(days=20))], id="replays before corrected answers"),
        pytest.param(
            [end_time(2, 1), session(status="live", known_status="live", full_at=ago(days=20))],
            id="replays before a session that is about to be read in full",
        ),
        pytest.param([session(**ON_DEMAND, full_at=ago(days=2)), session(full_at=ago(days=20))], id="views on demand"),
        pytest.param([end_time(7, 6), end_time(29, 6)], id="a young replay before an old one"),
        pytest.param([end_time(7, 6), end_time(7, 3), end_time(7, 1)], id="the longest unread first"),
        pytest.param([end_time(7, 6.9), end_time(0.2, 0.19)], id="a week of views before an evening's"),
        pytest.param(
            [end_time(7, 6), end_time(7, 6, registrants_count=5.0, known_registrants_count=5.0)], id="full pages"
        ),
        pytest.param([session(**COUNTLESS, full_at=ago(hours=2)), end_time(7, 6.9)], id="what shows in no list first"),
        pytest.param([session(full_at=ago(days=20)), session(full_at=ago(days=9))], id="of those to come the oldest"),
    ],
)
def test_the_least_useful_read_comes_last(sessions):
    assert all(first < second for first, second in pairwise(urgencies(*sessions)))


def test_a_refused_row_takes_a_session_to_come_before_the_others():
    plain, refused = urgencies(session(full_at=ago(days=9)), session(full_at=ago(days=9)), refused={"s1"})
    assert refused < plain


def test_what_only_refreshes_comes_after_everything_else():
    rows = named(session(registrants_count=460.0), session(**COUNTLESS, full_at=ago(days=2)))
    reading = read_schedule.decide_reading(frame(*rows), Request(), RULES, NOW).set_index("session_id")
    assert reading.loc["s0", "urgency"] < reading.loc["s1", "urgency"]


def read(given: object, *sessions: dict[str, object], **listed: bool) -> set[str]:
    reading = read_schedule.decide_reading(frame(*named(*sessions)), Request(), RULES, NOW)
    kept = call_budget.apply_call_budget(reading, 2_000, given, **listed)
    assert set(kept.loc[kept["deferred"], "deferred_reason"]) <= {call_budget.AHEAD_OF_PACE}
    return set(kept.loc[kept["read"], "session_id"])


def test_the_calls_kept_for_refreshing_wait_for_the_list_of_old_sessions():
    given = quota(4_500, refreshed=590)  # ten calls of the share that is kept, and none to spare
    young = end_time(0.7, 0.55)
    assert read(given, young, all_listed=False) == set()
    assert read(given, young, end_time(7, 6.9), all_listed=True) == {"s1"}
    assert read(quota(100), young, all_listed=False) == {"s0"}


def test_a_session_to_come_that_tells_no_count_waits_for_no_list():
    given = quota(4_500, refreshed=590)
    assert read(given, session(**COUNTLESS, full_at=ago(hours=2)), all_listed=False) == {"s0"}
    assert read(SHORT, session(**COUNTLESS, full_at=ago(hours=2)), all_listed=True) == set()


def test_without_a_known_allowance_nothing_is_deferred():
    endless = Quota(None, None, NOW, NOW)
    assert read(endless, end_time(0.7, 0.55), session(full_at=ago(days=9)), all_listed=False) == {"s0", "s1"}


@pytest.mark.parametrize(
    ("pressure", "result", "minutes"),
    [(0.0, False, 60), (2.0, False, 180), (0.0, True, 0), (6.0, True, 0), (7.5, True, 60)],
)
def test_with_a_delivery_the_on_demand_list_is_deferred_only_when_the_pace_is_exceeded(pressure, result, minutes):
    assert listing.on_demand_interval(RULES, pressure, delivered=result) == pd.Timedelta(minutes=minutes)
