"""Closing of Campaigns: after their members, and not before the attendance of the session is known (field A13).

Some orgs reject every change of the members of an inactive or completed Campaign.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.sessions.refresh_priority import attendance_available
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import RowOutcome, SObject

#: Reason of changes that close a Campaign.
CLOSES = "session is over; written after the members"
#: Codes of rows that a rule or automation of the org rejects.
FROZEN_CODES = frozenset(
    ["FIELD_CUSTOM_VALIDATION_EXCEPTION", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"]
)


def closing_rows(differences: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """Which differences (row, field, after) belong to a record that they deactivate, complete or abort."""
    status = mapping.campaign.status
    closed = (differences["field"] == "IsActive") & (differences["after"] == "false")
    closed |= (differences["field"] == "Status") & differences["after"].isin([status.past, status.canceled])
    return differences["row"].isin(differences.loc[closed, "row"])


def is_closed(campaigns: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """Which Campaigns are inactive, completed or aborted.

    Args:
        campaigns: as read; Status and IsActive may be missing.
    """
    rows, status = campaigns.reindex(columns=["Status", "IsActive"]), mapping.campaign.status
    return rows["Status"].isin([status.past, status.canceled]) | (normalize.boolean(rows["IsActive"]) == "false")


def is_after_members(changes: pd.DataFrame) -> pd.Series:
    """Which changes close a Campaign whose members the same plan changes."""
    members = changes.loc[changes["object"] == SObject.CAMPAIGN_MEMBER, "campaign_ref"]
    closes = (changes["object"] == SObject.CAMPAIGN) & (changes["reason"] == CLOSES)
    return closes & changes["campaign_ref"].isin(members)


def open_campaigns(changes: pd.DataFrame, results: pd.DataFrame) -> set[str]:
    """Campaigns with members that the next run sends again; it closes the Campaign after them. Refused members, which
    wait in quarantine, keep no Campaign open.

    Args:
        changes: changes of members.
        results: their results.
    """
    settled = results["outcome"].isin([RowOutcome.DONE, RowOutcome.REFUSED])
    return set(changes.loc[~changes["change_id"].isin(results.loc[settled, "change_id"]), "campaign_ref"])


def sessions_awaiting_attendance(
    sessions: pd.DataFrame, read_in_full: Collection[str], now: pd.Timestamp, attendance_minutes: float
) -> set[str]:
    """Past sessions whose registrants were not read in full since Livestorm has computed attendance.

    Args:
        sessions: session_id, status, full_at, ended_at, estimated_started_at, registrants_count.
        read_in_full: ids of the sessions that this run has read in full.
        now: Livestorm's time of this run.
        attendance_minutes: see `attendance_available`.
    """
    available, unread = attendance_available(sessions, attendance_minutes)
    read_now = sessions["session_id"].isin(list(read_in_full)) & (available <= now)
    return set(sessions.loc[unread & ~read_now & (sessions["registrants_count"] != 0), "session_id"])
