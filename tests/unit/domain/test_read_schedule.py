"""Whose people are read now, all or only the new ones, and what waits when the month's calls run short."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions import call_budget, read_schedule
from livestorm_salesforce.domain.sessions.quota import PERIOD, Quota, window_began
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.sessions.webhook_deliveries import delivery_frame

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


def decided(request: Request | None = None, **result: object) -> tuple[str, str]:
    row = read_schedule.decide_reading(frame(session(**result)), request or Request(), RULES, NOW).iloc[0]
    assert bool(row["read"]) == (row["read_reason"] != "")
    return row["read_reason"], row["read_mode"] if row["read"] else ""


OVER = {"status": "past", "known_status": "past"}


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


def quota(used: int, days: float = 15, refreshed: int = 0) -> Quota:
    return Quota(10_000, 10_000 - used, ago(days=days), NOW, 80, refreshed, 12)


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


DUE = {**OVER, "ended_at": ago(days=9), "full_at": ago(days=2)}


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


def test_the_window_opens_again_when_calls_come_back_or_thirty_days_are_over():
    began = ago(days=10)
    assert window_began(5_000, 6_000, began, NOW) == began
    assert window_began(9_990, 500, began, NOW) == NOW
    assert window_began(None, None, NOW - PERIOD, NOW) == NOW
    assert window_began(9_000, None, None, NOW) == NOW


def test_without_a_known_allowance_there_is_no_pace():
    unknown = Quota(None, None, ago(days=1), NOW)
    assert unknown.refresh_headroom == float("inf") and unknown.pressure == 0


GROWN = {"registrants_count": 403.0}


def with_deliveries(
    result: int, unaccounted: float, *, request: Request | None = None, given: Quota | None = None, calls: int = 2_000,
    **session_is: object
) -> pd.Series:  # fmt: skip
    """The one session's row after both decisions."""
    hooks = delivery_frame([{"session_id": "s1", "delivered": result, "unaccounted": unaccounted}])
    reading = read_schedule.decide_reading(frame(session(**session_is)), request or Request(), RULES, NOW, hooks)
    return call_budget.apply_call_budget(reading, calls, given).iloc[0]


@pytest.mark.parametrize(
    ("result", "unaccounted", "is_", "expected"),
    [
        (3, 0.0, GROWN, (True, "webhook_only", 0, "counts changed")),
        (2, 1.0, GROWN, (True, "incremental", 1, "counts changed")),
        (0, 0.0, GROWN, (True, "webhook_only", 0, "counts changed")),
        (2, 0.0, {}, (True, "webhook_only", 0, read_schedule.DELIVERED)),
        (2, 0.0, {**OVER, "ended_at": ago(hours=2)}, (True, "webhook_only", 0, read_schedule.DELIVERED)),
        (1, -1.0, {}, (True, "full", 8, read_schedule.UNREGISTERED)),
        (3, 0.0, {**OVER, "ended_at": ago(minutes=12)}, (True, "full", 8, "the session has ended")),
        (2, 0.0, {"full_at": ago(days=8)}, (True, "full", 8, "read interval passed")),
        (2, 0.0, {"retry": True}, (True, "full", 8, "rows refused or unread last time")),
        (2, 0.0, {"status": "canceled"}, (False, "webhook_only", 0, "")),
        (2, 0.0, {"scope": False}, (False, "webhook_only", 0, "")),
    ],
)
def test_deliveries_that_explain_the_count_are_read_without_a_call(result, unaccounted, is_, expected):
    row = with_deliveries(result, unaccounted, **is_)
    assert (row["read"], row["read_mode"], row["pages"], row["read_reason"]) == expected


def test_a_run_started_by_hand_does_not_believe_webhooks_alone():
    row = with_deliveries(3, 0.0, request=Request(manual=True), **GROWN)
    assert (row["read_mode"], row["pages"]) == ("incremental", 1)


def test_what_costs_no_call_never_waits():
    free = with_deliveries(3, 0.0, given=quota(9_400), calls=0, **GROWN)
    assert (free["read"], free["read_mode"], free["deferred"]) == (True, "webhook_only", False)


@pytest.mark.parametrize(
    ("is_", "calls"),
    [
        (GROWN, 2_000),
        (GROWN, 0),
        (DUE, 2_000),
        ({**OVER, "ended_at": ago(minutes=12)}, 0),
        ({"retry": True}, 0),
    ],
    ids=["few", "no calls left", "refreshing waits", "its end waits", "refused rows wait"],
)
def test_deliveries_of_a_deferred_session_are_read_and_it_stays_due(is_, calls):
    row = with_deliveries(1, 2.0, given=quota(4_500, refreshed=900), calls=calls, **is_)
    assert (row["read"], row["read_mode"], row["pages"], row["deferred"]) == (True, "webhook_partial", 0, False)
    assert not row["refresh_only"]
    nobody = with_deliveries(0, 2.0, given=quota(4_500, refreshed=900), calls=calls, **is_)
    assert (nobody["read"], nobody["deferred"]) == (False, True)


def test_few_are_those_that_webhooks_did_not_tell_of():
    many = {"registrants_count": 440.0}
    assert with_deliveries(0, float("nan"), given=quota(4_200), **many)["read_mode"] == "incremental"
    assert with_deliveries(39, 1.0, given=quota(4_200), **many)["read_mode"] == "webhook_partial"


MUST = ({"retry": True}, {**OVER, "ended_at": ago(minutes=12)}, {"read_at": pd.NaT, "full_at": pd.NaT})
MAY = ({}, GROWN, DUE, {"full_at": ago(days=8)})
MISSING = st.sampled_from([0.0, 1.0, -1.0, 30.0, float("nan")])
SITUATIONS = st.lists(st.tuples(st.integers(0, 60), MISSING, st.sampled_from([*MUST, *MAY])), min_size=1, max_size=6)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(SITUATIONS, st.integers(0, 30), st.integers(1_000, 9_900))
def test_what_webhooks_tell_costs_nothing_waits_for_nothing_and_takes_no_full_read_away(sessions, calls, used):
    rows, hooks, must = [], [], []
    for number, (result, unaccounted, is_) in enumerate(sessions):
        name = f"s{number}"
        rows.append(session(session_id=name, **is_))
        must += [name] if is_ in MUST else []
        hooks += [] if "read_at" in is_ else [{"session_id": name, "delivered": result, "unaccounted": unaccounted}]
    reading = read_schedule.decide_reading(frame(*rows), Request(), RULES, NOW, delivery_frame(hooks))
    kept = call_budget.apply_call_budget(reading, calls, quota(used, refreshed=900)).set_index("session_id")
    free = kept["read_mode"].isin(["webhook_only", "webhook_partial"])
    assert kept.loc[kept["read"], "pages"].sum() <= calls
    assert (kept.loc[free, "pages"] == 0).all() and (kept.loc[~free, "pages"] > 0).all()
    assert (kept.loc[kept["read_mode"] == "webhook_only", "unaccounted"] == 0).all()
    assert kept.loc[kept["delivered"] > 0, "read"].all() and not (kept["deferred"] & kept["read"]).any()
    assert set(kept.loc[must, "read_mode"]) <= {"full", "webhook_partial"}
    assert set(must) <= set(kept.index[kept["read"] | kept["deferred"]])
    read = [name for batch in read_schedule.batches(kept.reset_index(), 500) for name in batch]
    assert sorted(read) == sorted(kept.index[kept["read"]])
