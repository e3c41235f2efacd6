"""Whose people are read now, all or only the new ones, and what waits when the month's calls run short."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions import call_budget, read_schedule
from livestorm_salesforce.domain.sessions.quota import PERIOD, Quota, window_began
from livestorm_salesforce.domain.sessions.scope import Request
from tests.unit.domain.reading import DUE, NOW, OVER, RULES, ago, frame, quota, session


def decided(request: Request | None = None, **result: object) -> tuple[str, str]:
    row = read_schedule.decide_reading(frame(session(**result)), request or Request(), RULES, NOW).iloc[0]
    assert bool(row["read"]) == (row["read_reason"] != "")
    return row["read_reason"], row["read_mode"] if row["read"] else ""


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, ("", "")),
        ({"read_at": pd.NaT, "full_at": pd.NaT}, ("first reading", "full")),
        ({"registrants_count": 0.0, "read_at": pd.NaT}, ("", "")),
        ({"registrants_count": 401.0}, ("counts changed", "incremental")),
        ({"registrants_count": 399.0}, (read_schedule.UNREGISTERED, "full")),
        ({"status": "live"}, ("status changed", "incremental")),
        ({"updated_at": NOW}, ("", "")),
        ({"retry": True}, ("rows refused or unread last time", "full")),
        ({"full_at": ago(days=8)}, ("read interval passed", "full")),
        ({"scope": False, "registrants_count": 401.0}, ("", "")),
        ({"status": "canceled", "known_status": "canceled", "registrants_count": 401.0}, ("", "")),
        ({**OVER, "known_status": "live", "ended_at": ago(minutes=5)}, ("status changed", "incremental")),
        ({**OVER, "ended_at": ago(minutes=12)}, ("the session has ended", "full")),
        ({**OVER, "ended_at": ago(hours=2)}, ("", "")),
        ({**OVER, "ended_at": ago(hours=2), "attendees_count": 9.0}, ("counts changed", "full")),
        ({**OVER, "ended_at": ago(hours=2), "updated_at": NOW}, ("changed in Livestorm", "full")),
        ({**OVER, "ended_at": ago(hours=2), "updated_at": NOW, "registrants_count": 401.0},
         ("counts changed", "incremental")),
        ({**OVER, "ended_at": ago(minutes=5), "updated_at": NOW}, ("", "")),
        ({**OVER, "known_status": "waiting", "ended_at": ago(hours=2)}, ("", "")),
        ({**OVER, "ended_at": ago(days=9), "full_at": ago(hours=23, minutes=59)}, ("read interval passed", "full")),
        ({**OVER, "ended_at": ago(hours=5), "full_at": ago(hours=4)}, ("read interval passed", "full")),
        ({**OVER, "ended_at": ago(days=9), "full_at": ago(hours=25)}, ("read interval passed", "full")),
        ({**OVER, "ended_at": ago(days=200), "full_at": ago(days=150)}, ("", "")),
        ({"registrants_count": None, "known_registrants_count": None}, ("read interval passed", "full")),
        ({"registrants_count": None, "known_registrants_count": None, "full_at": ago(minutes=30)}, ("", "")),
        ({**OVER, "registrants_count": None, "known_registrants_count": None, "ended_at": ago(hours=2)}, ("", "")),
        ({"status": "on_demand", "known_status": "on_demand", "full_at": ago(hours=30)},
         ("read interval passed", "full")),
    ],
)  # fmt: skip
def test_what_a_list_shows_is_read_at_once_and_what_it_hides_at_intervals(result, expected):
    assert decided(**result) == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, ("manual run", "incremental")),
        ({**OVER, "ended_at": ago(minutes=5)}, ("the session has ended", "full")),
        ({**OVER, "ended_at": ago(days=9)}, ("read interval passed", "full")),
        ({"status": "on_demand", "known_status": "on_demand", "registrants_count": 401.0},
         ("counts changed", "full")),
    ],
)  # fmt: skip
def test_a_run_started_by_hand_reads_all_that_may_have_moved(result, expected):
    assert decided(Request(manual=True), **result) == expected


def deferred(given: Quota, *sessions: dict[str, object], calls: int = 2_000) -> dict[str, str]:
    reading = read_schedule.decide_reading(frame(*sessions), Request(), RULES, NOW)
    kept = call_budget.apply_call_budget(reading, calls, given)
    assert not (kept["read"] & kept["deferred"]).any()
    return dict(kept[["session_id", "deferred_reason"]].itertuples(index=False))


def test_a_refused_row_that_waited_long_enough_is_read_for_when_calls_are_to_spare() -> None:
    for used, why in ((4_500, call_budget.AHEAD_OF_PACE), (100, "")):
        reading = read_schedule.decide_reading(frame(session()), Request(), RULES, NOW, overdue={"s1"})
        assert (reading["read_reason"][0], reading["read_mode"][0]) == ("a refused row is tried again", "full")
        kept = call_budget.apply_call_budget(reading, 2_000, quota(used, refreshed=900))
        assert kept["deferred_reason"][0] == why


def test_ahead_of_pace_reads_that_only_refresh_wait_and_new_people_do_not():
    result = deferred(quota(4_500, refreshed=900), session(**DUE), session(session_id="s2", registrants_count=460.0))
    assert result == {"s1": call_budget.AHEAD_OF_PACE, "s2": ""}


def test_a_share_of_the_calls_stays_for_refreshing():
    assert deferred(quota(4_500, refreshed=500), session(**DUE)) == {"s1": ""}


def test_within_pace_nothing_waits():
    assert deferred(quota(3_000), session(**DUE), session(session_id="s2", registrants_count=401.0)) == {
        "s1": "",
        "s2": "",
    }


def test_the_longest_overdue_is_refreshed_first():
    result = deferred(
        quota(3_190, refreshed=900), session(**DUE), session(session_id="s2", **{**DUE, "full_at": ago(days=5)})
    )
    assert result == {"s1": call_budget.AHEAD_OF_PACE, "s2": ""}


def test_few_new_people_of_a_session_far_ahead_are_read_together():
    few, soon = {"registrants_count": 403.0}, {"estimated_started_at": NOW + pd.Timedelta(hours=2)}
    result = deferred(
        quota(3_500), session(**few), session(session_id="s2", **few, **soon),
        session(session_id="s3", registrants_count=440.0), session(session_id="s4", **few, read_at=ago(days=4)),
    )  # fmt: skip
    assert result == {"s1": call_budget.FEW, "s2": "", "s3": "", "s4": ""}


def test_who_leaves_a_session_far_ahead_causes_no_reading_of_everybody_at_once():
    left = {"registrants_count": 398.0}
    soon = {"estimated_started_at": NOW + pd.Timedelta(hours=2)}
    result = deferred(quota(3_500), session(**left), session(session_id="s2", **left, **soon))
    assert result == {"s1": call_budget.FEW, "s2": ""}
    assert deferred(quota(3_500), session(**left, **soon), calls=7) == {"s1": call_budget.NO_BUDGET}


def test_the_more_the_month_strains_the_more_are_few_and_the_longer_they_wait():
    thirty = session(registrants_count=430.0, read_at=ago(days=5))
    assert deferred(quota(3_500), thirty) == {"s1": ""}
    assert deferred(quota(4_500), thirty) == {"s1": call_budget.FEW}
    assert deferred(quota(4_500), session(registrants_count=430.0, read_at=ago(days=9))) == {"s1": ""}


def test_where_refreshing_waits_new_people_are_still_read():
    grown = session(**{**DUE, "registrants_count": 460.0})
    reading = read_schedule.decide_reading(frame(grown), Request(), RULES, NOW)
    kept = call_budget.apply_call_budget(reading, 2_000, quota(4_500, refreshed=900)).iloc[0]
    assert (kept["read"], kept["read_mode"], kept["pages"], kept["deferred_reason"]) == (True, "incremental", 2, "")


def test_a_small_budget_goes_to_the_nearest_session():
    near = session(session_id="s2", read_at=pd.NaT, estimated_started_at=NOW + pd.Timedelta(hours=1))
    result = deferred(quota(0), session(read_at=pd.NaT), near, calls=8)
    assert result == {"s1": call_budget.NO_BUDGET, "s2": ""}


NEWS = {
    "registrations": session(session_id="registrations", read_at=pd.NaT),
    "attendance": session(session_id="attendance", **OVER, ended_at=ago(minutes=30), full_at=ago(hours=2)),
    "replays": session(session_id="replays", **DUE),
    "answers": session(session_id="answers", full_at=ago(days=8)),
}


@pytest.mark.parametrize(
    ("importance", "order"),
    [
        ([], ["attendance", "registrations", "replays", "answers"]),
        (["registrations"], ["registrations", "attendance", "replays", "answers"]),
        (["replays", "attendance"], ["replays", "attendance", "registrations", "answers"]),
        (["answers", "replays", "registrations", "attendance"], ["answers", "replays", "registrations", "attendance"]),
    ],
)
def test_a_small_budget_is_used_in_the_order_of_importance(importance: list[str], order: list[str]) -> None:
    rules = ReadingRules(importance=importance)
    reading = read_schedule.decide_reading(frame(*NEWS.values()), Request(), rules, NOW)
    assert read_schedule.batches(reading, 1) == [[session_id] for session_id in order]
    for calls in (8, 16, 24, 32):
        result = call_budget.apply_call_budget(reading, calls, quota(0))
        assert set(result.loc[result["read"], "session_id"]) == set(order[: calls // 8])


def test_new_registrants_of_a_session_without_a_count_are_no_mere_refresh() -> None:
    uncounted = session(session_id="s2", registrants_count=None, known_registrants_count=None)
    rules = ReadingRules(importance=["registrations", "answers"])
    reading = read_schedule.decide_reading(frame(NEWS["answers"], uncounted), Request(), rules, NOW)
    assert reading.set_index("session_id")["importance"].to_dict() == {"answers": 1, "s2": 0}


def test_the_window_opens_again_when_calls_come_back_or_thirty_days_are_over():
    began = ago(days=10)
    assert window_began(5_000, 6_000, began, NOW) == began
    assert window_began(9_990, 500, began, NOW) == NOW
    assert window_began(None, None, NOW - PERIOD, NOW) == NOW
    assert window_began(9_000, None, None, NOW) == NOW


def test_without_a_known_allowance_there_is_no_pace():
    unknown = Quota(None, None, ago(days=1), NOW)
    assert unknown.refresh_headroom == float("inf") and unknown.pressure == 0
