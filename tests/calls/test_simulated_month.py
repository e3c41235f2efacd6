"""The simulated month runs with the product's present code; light loads meet every target."""

from __future__ import annotations

from benchmarks.month import Scale
from benchmarks.simulate import simulate


def test_a_light_day_keeps_all_promises():
    told = simulate(Scale(sessions=15, days=1))
    fresh = told["fresh"]
    assert fresh["registrations"]["count"] > 20
    assert fresh["registrations"]["within"] == 1.0 and fresh["registrations"]["p100"] <= 17
    assert told["put off"] == {}
    assert told["kinds"]["sessions.list"] < 150  # 96 polls, each with a list; on-demand sessions once an hour
