"""Which changes close a Campaign, when they may be written, and for which sessions attendance is not known yet."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.closing import (
    CLOSES,
    closing_rows,
    is_after_members,
    open_campaigns,
    sessions_awaiting_attendance,
)

NOW = pd.Timestamp("2026-11-23T12:00:00Z")


def test_changes_that_deactivate_complete_or_abort_close_a_campaign() -> None:
    rows = [(0, "IsActive", "false"), (1, "IsActive", "true"), (2, "Status", "Completed"), (2, "EndDate", "2026-11-23"),
            (3, "Status", "In Progress"), (4, "Status", "Aborted"), (5, "Name", "false")]  # fmt: skip
    differences = pd.DataFrame(rows, columns=["row", "field", "after"])
    assert closing_rows(differences, Mapping()).tolist() == [True, False, True, True, False, True, False]


def test_a_campaign_is_closed_with_its_members_if_the_plan_has_some() -> None:
    rows = [("Campaign", CLOSES, "s1"), ("Campaign", CLOSES, "s2"), ("Campaign", "differs", "s1"),
            ("CampaignMember", "moved on", "s1")]  # fmt: skip
    changes = pd.DataFrame(rows, columns=["object", "reason", "campaign_ref"])
    assert is_after_members(changes).tolist() == [True, False, False, False]


def test_a_campaign_with_a_member_that_was_not_written_stays_open() -> None:
    changes = pd.DataFrame({"change_id": [1, 2, 3, 4], "campaign_ref": ["s1", "s1", "s2", "s2"]})
    results = pd.DataFrame({"change_id": [1, 2, 3, 4], "outcome": ["done", "superseded", "done", "refused"]})
    assert open_campaigns(changes, results) == {"s1"}


@pytest.mark.parametrize(
    ("changed", "read", "awaits"),
    [
        ({}, [], True),
        ({}, ["s1"], False),
        ({"ended_at": NOW - pd.Timedelta(minutes=5)}, ["s1"], True),
        ({"full_at": NOW - pd.Timedelta(minutes=30)}, [], False),
        ({"full_at": NOW - pd.Timedelta(hours=2)}, [], True),
        ({"registrants_count": 0}, [], False),
        ({"status": "live"}, [], False),
    ],
    ids=["unread", "read now", "ended five minutes ago", "read after the end", "read before the end", "empty", "live"],
)
def test_sessions_whose_attendance_is_not_known(changed: dict, read: list[str], awaits: bool) -> None:
    session = {"session_id": "s1", "status": "past", "full_at": pd.NaT, "registrants_count": 3}
    session |= {"ended_at": NOW - pd.Timedelta(hours=1), "estimated_started_at": NOW - pd.Timedelta(hours=2), **changed}
    sessions = pd.DataFrame([session])
    sessions["full_at"] = pd.to_datetime(sessions["full_at"], utc=True)
    assert sessions_awaiting_attendance(sessions, read, NOW, 10) == ({"s1"} if awaits else set())
