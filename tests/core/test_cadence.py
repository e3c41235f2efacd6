"""Whose people are read now, all or only the new ones, and what waits when the month's calls run short."""

from __future__ import annotations

import pandas as pd
import pytest

from include.livestorm_salesforce.config.mapping import ReadingRules
from include.livestorm_salesforce.core import cadence
from include.livestorm_salesforce.core.pace import PERIOD, Pace, window_began
from include.livestorm_salesforce.core.scope import Request

NOW = pd.Timestamp("2026-11-23T12:00:00Z")
RULES = ReadingRules()


def ago(**step: float) -> pd.Timestamp:
    return NOW - pd.Timedelta(**step)


def session(**told: object) -> dict[str, object]:
    """An upcoming session of 400 registrants in ten days, read an hour ago, of which nothing has changed."""
    plain = {
        "session_id": "s1", "scope": True, "status": "upcoming", "known_status": "upcoming", "registrants_count": 400.0,
        "known_registrants_count": 400.0, "attendees_count": 0.0, "known_attendees_count": 0.0,
        "updated_at": ago(days=9), "known_updated_at": ago(days=9), "read_at": ago(hours=1), "full_at": ago(hours=1),
        "ended_at": pd.NaT, "estimated_started_at": NOW + pd.Timedelta(days=10), "retry": False,
    }  # fmt: skip
    return {**plain, **told}


def frame(*sessions: dict[str, object]) -> pd.DataFrame:
    rows = pd.DataFrame(list(sessions))
    for name in ("updated_at", "known_updated_at", "read_at", "full_at", "ended_at", "estimated_started_at"):
        rows[name] = pd.to_datetime(rows[name], utc=True)
    return rows


def decided(request: Request | None = None, **told: object) -> tuple[str, str]:
    row = cadence.decide_reading(frame(session(**told)), request or Request(), RULES, NOW).iloc[0]
    assert bool(row["read"]) == (row["read_why"] != "")
    return row["read_why"], row["people"] if row["read"] else ""


OVER = {"status": "past", "known_status": "past"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ("", "")),
        ({"read_at": pd.NaT, "full_at": pd.NaT}, ("first reading", "all")),
        ({"registrants_count": 0.0, "read_at": pd.NaT}, ("", "")),
        ({"registrants_count": 401.0}, ("its counts changed", "new")),
        ({"registrants_count": 399.0}, ("its counts changed", "new")),
        ({"status": "live"}, ("its state changed", "new")),
        ({"updated_at": NOW}, ("", "")),
        ({"retry": True}, ("rows refused or unread last time", "all")),
        ({"full_at": ago(days=8)}, ("its interval has passed", "all")),
        ({"scope": False, "registrants_count": 401.0}, ("", "")),
        ({"status": "canceled", "known_status": "canceled", "registrants_count": 401.0}, ("", "")),
        ({**OVER, "known_status": "live", "ended_at": ago(minutes=5)}, ("its state changed", "new")),
        ({**OVER, "ended_at": ago(minutes=12)}, ("it has ended", "all")),
        ({**OVER, "ended_at": ago(hours=2)}, ("", "")),
        ({**OVER, "ended_at": ago(hours=2), "attendees_count": 9.0}, ("its counts changed", "all")),
        ({**OVER, "ended_at": ago(hours=2), "updated_at": NOW}, ("it was changed in Livestorm", "all")),
        ({**OVER, "ended_at": ago(hours=5), "full_at": ago(hours=4)}, ("its interval has passed", "all")),
        ({**OVER, "ended_at": ago(days=9), "full_at": ago(hours=25)}, ("its interval has passed", "all")),
        ({**OVER, "ended_at": ago(days=200), "full_at": ago(days=150)}, ("", "")),
        ({"status": "on_demand", "known_status": "on_demand", "full_at": ago(hours=30)},
         ("its interval has passed", "all")),
    ],
)  # fmt: skip
def test_what_a_list_shows_is_read_at_once_and_what_it_hides_at_intervals(told, expected):
    assert decided(**told) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ("the run was started by hand", "new")),
        ({**OVER, "ended_at": ago(minutes=5)}, ("it has ended", "all")),
        ({**OVER, "ended_at": ago(days=9)}, ("its interval has passed", "all")),
        ({"status": "on_demand", "known_status": "on_demand", "registrants_count": 401.0},
         ("its counts changed", "all")),
    ],
)  # fmt: skip
def test_a_run_started_by_hand_reads_all_that_may_have_moved(told, expected):
    assert decided(Request(by_hand=True), **told) == expected


def pace(used: int, days: float = 15, refreshed: int = 0) -> Pace:
    return Pace(10_000, 10_000 - used, ago(days=days), NOW, 80, refreshed, 12)


def put_off(given: Pace, *sessions: dict[str, object], calls: int = 2_000) -> dict[str, str]:
    reading = cadence.decide_reading(frame(*sessions), Request(), RULES, NOW)
    kept = cadence.keep_within(reading, calls, given, RULES)
    assert not (kept["read"] & kept["put_off"]).any()
    return dict(kept[["session_id", "put_off_why"]].itertuples(index=False))


DUE = {**OVER, "ended_at": ago(days=9), "full_at": ago(days=2)}


def test_ahead_of_pace_reads_that_only_refresh_wait_and_new_people_do_not():
    told = put_off(pace(4_500, refreshed=900), session(**DUE), session(session_id="s2", registrants_count=460.0))
    assert told == {"s1": cadence.AHEAD_OF_PACE, "s2": ""}


def test_a_share_of_the_calls_stays_for_refreshing():
    assert put_off(pace(4_500, refreshed=500), session(**DUE)) == {"s1": ""}


def test_within_pace_nothing_waits():
    assert put_off(pace(3_000), session(**DUE), session(session_id="s2", registrants_count=401.0)) == {
        "s1": "",
        "s2": "",
    }


def test_the_longest_overdue_is_refreshed_first():
    told = put_off(
        pace(3_990, refreshed=900), session(**DUE), session(session_id="s2", **{**DUE, "full_at": ago(days=5)})
    )
    assert told == {"s1": cadence.AHEAD_OF_PACE, "s2": ""}


def test_few_new_people_of_a_session_far_ahead_are_read_together():
    few, soon = {"registrants_count": 403.0}, {"estimated_started_at": NOW + pd.Timedelta(hours=2)}
    told = put_off(
        pace(4_200), session(**few), session(session_id="s2", **few, **soon),
        session(session_id="s3", registrants_count=440.0), session(session_id="s4", **few, read_at=ago(days=2)),
    )  # fmt: skip
    assert told == {"s1": cadence.FEW, "s2": "", "s3": "", "s4": ""}


def test_where_refreshing_waits_new_people_are_still_read():
    grown = session(**{**DUE, "registrants_count": 430.0})
    reading = cadence.decide_reading(frame(grown), Request(), RULES, NOW)
    kept = cadence.keep_within(reading, 2_000, pace(4_500, refreshed=900), RULES).iloc[0]
    assert (kept["read"], kept["people"], kept["pages"], kept["put_off_why"]) == (True, "new", 1, "")


def test_a_small_budget_goes_to_the_nearest_session():
    near = session(session_id="s2", read_at=pd.NaT, estimated_started_at=NOW + pd.Timedelta(hours=1))
    told = put_off(pace(0), session(read_at=pd.NaT), near, calls=8)
    assert told == {"s1": cadence.NO_BUDGET, "s2": ""}


def test_the_window_opens_again_when_calls_come_back_or_thirty_days_are_over():
    began = ago(days=10)
    assert window_began(5_000, 6_000, began, NOW) == began
    assert window_began(9_990, 500, began, NOW) == NOW
    assert window_began(None, None, NOW - PERIOD, NOW) == NOW
    assert window_began(9_000, None, None, NOW) == NOW


def test_without_an_allowance_told_there_is_no_pace():
    unknown = Pace(None, None, ago(days=1), NOW)
    assert unknown.for_refreshing == float("inf") and unknown.strain == 0
