"""The simulated month runs with the product's present code; light loads meet every target."""

from __future__ import annotations

from benchmarks.month import Scale
from benchmarks.simulate import simulate
from livestorm_salesforce.domain.sessions.call_budget import AHEAD_OF_PACE


def test_a_light_day_keeps_all_promises():
    told = simulate(Scale(sessions=15, days=1))
    fresh = told["fresh"]
    assert fresh["registrations"]["count"] > 20
    assert fresh["registrations"]["within"] == 1.0 and fresh["registrations"]["p100"] <= 17
    assert told["deferred"] == {}
    assert told["kinds"]["sessions.list"] < 150  # 96 polls, each with a list; on-demand sessions once an hour


BUSY = Scale(sessions=60, days=2)


def test_with_webhooks_a_busy_day_needs_few_calls_for_new_registrants():
    told = simulate(BUSY, webhooks=1.0)
    assert told["fresh"]["registrations"]["count"] > 2_000
    assert told["fresh"]["registrations"]["within"] == 1.0 and told["fresh"]["attendances"]["within"] == 1.0
    assert told["fresh"]["on-demand registrations"]["count"] > 10
    assert told["fresh"]["on-demand registrations"]["within"] == 1.0
    assert told["kinds"]["sessions.people.new"] < 40  # 413 without; what remains are changes of a session's state
    assert set(told["deferred"]) <= {AHEAD_OF_PACE}  # no registrant waits, only what refreshes


def test_where_some_deliveries_are_lost_nobody_told_of_waits_for_them():
    told = simulate(BUSY, webhooks=0.9)
    assert told["fresh"]["registrations"]["within"] > 0.95
    assert 40 < told["kinds"]["sessions.people.new"] < 413
