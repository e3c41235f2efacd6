"""The simulated month runs with the product's present code; light loads meet every target."""

from __future__ import annotations

from benchmarks.month import Scale
from benchmarks.simulate import simulate
from livestorm_salesforce.domain.sessions.call_budget import AHEAD_OF_PACE


def test_a_light_day_keeps_all_promises():
    result = simulate(Scale(sessions=15, days=1))
    fresh = result["fresh"]
    assert fresh["registrations"]["count"] > 20
    assert fresh["registrations"]["within"] == 1.0 and fresh["registrations"]["p100"] <= 17
    assert result["deferred"] == {}
    assert result["kinds"]["sessions.list"] < 150  # 96 polls, each with a list; on-demand sessions once an hour


BUSY = Scale(sessions=60, days=2)


def test_with_webhooks_a_busy_day_needs_few_calls_for_new_registrants():
    result = simulate(BUSY, webhooks=1.0)
    assert result["fresh"]["registrations"]["count"] > 2_000
    assert result["fresh"]["registrations"]["within"] == 1.0 and result["fresh"]["attendances"]["within"] == 1.0
    assert result["fresh"]["on-demand registrations"]["count"] > 10
    assert result["fresh"]["on-demand registrations"]["within"] == 1.0
    assert result["kinds"]["sessions.people.new"] < 40  # 413 without; what remains are changes of a session's state
    assert set(result["deferred"]) <= {AHEAD_OF_PACE}  # no registrant waits, only what refreshes


def test_lost_deliveries_do_not_delay_the_others():
    result = simulate(BUSY, webhooks=0.9)
    assert result["fresh"]["registrations"]["within"] > 0.95
    assert 40 < result["kinds"]["sessions.people.new"] < 413
