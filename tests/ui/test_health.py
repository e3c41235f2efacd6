"""The health of the sync and the forecast of calls, decided from literal facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from livestorm_salesforce.web.airflow_data import DagRunState, Schedule
from livestorm_salesforce.web.health import Facts, Health, forecast, health_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ended(state: str) -> DagRunState:
    return DagRunState("d", "r", "scheduled", state, NOW - HOUR, NOW - HOUR, NOW - HOUR, None, {})


FACTS = Facts(
    schedule=Schedule(is_known=True, is_paused=False, next_at=NOW + HOUR, interval=HOUR),
    ended=ended("success"),
    last_success=NOW - HOUR,
    open_items=0,
    approvals=0,
    now=NOW,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Health.OK),
        ({"open_items": 2}, Health.ATTENTION),
        ({"open_items": 2, "approvals": 1}, Health.WAITING),
        ({"last_success": NOW - 4 * HOUR, "open_items": 2}, Health.OVERDUE),
        ({"ended": ended("failed"), "last_success": NOW - 4 * HOUR}, Health.FAILED),
        ({"schedule": FACTS.schedule._replace(is_paused=True)}, Health.PAUSED),
        (
            {"schedule": FACTS.schedule._replace(next_at=None, interval=None), "last_success": NOW - 99 * HOUR},
            Health.OK,
        ),
        ({"ended": None, "last_success": None}, Health.NOT_SET_UP),
        ({"last_success": None}, Health.NOT_SYNCED),
        ({"ended": ended("failed"), "last_success": None}, Health.FAILED),
        ({"schedule": FACTS.schedule._replace(is_known=False)}, Health.NOT_SET_UP),
    ],
)
def test_the_most_serious_state_is_shown(changes: dict[str, Any], expected: Health) -> None:
    assert health_of(replace(FACTS, **changes)) == expected


def test_calls_are_forecast_to_the_end_of_the_window() -> None:
    found = forecast(left=4_000, window_began=NOW - timedelta(days=20), used=700, days=7, now=NOW)
    assert (found.per_day, found.left_at_end, found.is_sufficient) == (100, 3_000, True)
    assert found.ends_at == NOW + timedelta(days=10)


def test_calls_that_end_early_are_not_sufficient() -> None:
    found = forecast(left=500, window_began=NOW - timedelta(days=20), used=700, days=7, now=NOW)
    assert found.left_at_end == -500 and not found.is_sufficient


def test_a_window_that_has_ended_is_followed_by_the_next_one() -> None:
    assert forecast(1, NOW - timedelta(days=31), 0, 0, NOW).ends_at == NOW + timedelta(days=29)
