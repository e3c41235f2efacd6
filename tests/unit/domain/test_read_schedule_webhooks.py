"""Sessions of which webhooks tell: what is read without a call, and what stays due."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestorm_salesforce.domain.sessions import call_budget, read_schedule
from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.sessions.webhook_deliveries import delivery_frame
from tests.unit.domain.reading import DUE, NOW, OVER, RULES, ago, frame, quota, session

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
