"""Which lists a run reads, and which sessions it looks up."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions import listing, scope

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
RULES = ReadingRules()


def known(*rows: dict[str, object]) -> pd.DataFrame:
    """Sessions as last loaded, each read and with a Campaign unless stated otherwise."""
    complete = {"campaign_id": "701000000000001AAA", "read_at": NOW, "registrants_count": 3.0, "retry": False}
    return scope.typed_known(pd.DataFrame([complete | row for row in rows]))


def last_read(**hours: float) -> dict[str, pd.Timestamp]:
    return {name: NOW - pd.Timedelta(hours=hours.get(name, 0)) for name in listing.LISTS}


@pytest.mark.parametrize(
    ("hours", "pressure", "manual", "expected"),
    [
        ({}, 0.0, False, []),
        ({}, 0.0, True, ["long", "on_demand", "events"]),
        ({"on_demand": 1}, 0.0, False, ["on_demand"]),
        ({"on_demand": 0.99}, 0.0, False, ["on_demand"]),  # runs start some seconds late
        ({"on_demand": 1}, 1.0, False, []),
        ({"on_demand": 2}, 1.0, False, ["on_demand"]),
        ({"events": 6}, 0.0, False, ["events"]),
        ({"long": 24}, 3.0, False, ["long", "on_demand"]),  # reads that only refresh compete for the same calls
    ],
)
def test_a_list_is_due_when_its_interval_has_passed(
    hours: dict[str, float], pressure: float, manual: bool, expected: list[str]
) -> None:
    assert listing.due_lists(last_read(**hours), RULES, pressure, NOW, manual=manual) == expected


@pytest.mark.parametrize(
    ("pressure", "expected"),
    [(0.0, ["open", "new"]), (6.5, ["open", "new"]), (8.0, ["new"])],
)
def test_known_on_demand_sessions_with_deliveries_wait_under_pressure(pressure: float, expected: list[str]) -> None:
    sessions = known({"session_id": "open", "status": "on_demand"})
    due = listing.due_deliveries(["open", "new"], sessions, NOW - pd.Timedelta(minutes=15), RULES, pressure, NOW)
    assert due == expected


SESSIONS = known(
    {"session_id": "upcoming", "status": "upcoming"},
    {"session_id": "listed", "status": "upcoming"},
    {"session_id": "past", "status": "past"},
    {"session_id": "retry", "status": "past", "retry": True},
    {"session_id": "refused", "status": "past"},
    {"session_id": "backfill", "status": "past", "read_at": None},
    {"session_id": "empty", "status": "past", "read_at": None, "registrants_count": 0.0},
    {"session_id": "no_campaign", "status": "past", "read_at": None, "campaign_id": None},
    {"session_id": "on_demand", "status": "on_demand"},
)


def test_sessions_that_need_attention_and_are_in_no_list_are_looked_up() -> None:
    found = listing.sessions_to_look_up(SESSIONS, ["listed"], ["refused"], full=False)
    assert found == ["upcoming", "retry", "refused", "backfill"]


def test_an_on_demand_session_that_no_list_contains_is_looked_up() -> None:
    found = listing.sessions_to_look_up(SESSIONS, ["listed"], [], full=True)
    assert found == ["upcoming", "retry", "backfill", "on_demand"]
