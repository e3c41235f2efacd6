"""Whether the stored state of a session may be trusted: how old it is, and whether its Campaign is still the same."""

from __future__ import annotations

import pandas as pd


def trusted_sessions(facts: pd.DataFrame, now: pd.Timestamp, verify_hours: float, *, full_read: bool) -> list[str]:
    """Sessions whose unchanged rows are skipped, because all rows were compared with Salesforce within `verify_hours`.

    Args:
        facts: session_id, verified_at (time of the last comparison; null: never).
        full_read: a full read was requested; no stored state is trusted.
    """
    if full_read:
        return []
    recent = (now - facts["verified_at"]) < pd.Timedelta(hours=verify_hours)
    return [str(session_id) for session_id in facts.loc[recent, "session_id"]]


def replaced_campaigns(facts: pd.DataFrame, campaigns: pd.DataFrame) -> set[str]:
    """Sessions whose Campaign is not the one they were loaded to: it was deleted or recreated. The stored state of
    these sessions describes records that no longer exist.

    CreatedDate is compared besides the Id, because an org that is set up again assigns the same Ids.

    Args:
        facts: session_id, campaign_id, campaign_created as stored.
        campaigns: session_id, campaign_id, campaign_created as read (`Plan.campaigns`).
    """
    now = campaigns.set_index("session_id").reindex(facts["session_id"]).set_index(facts.index)
    created_before, created_now = facts["campaign_created"], now["campaign_created"]
    other = facts["campaign_id"].notna() & (facts["campaign_id"] != now["campaign_id"])
    recreated = created_before.notna() & created_now.notna() & (created_before != created_now)
    return set(facts.loc[other | recreated, "session_id"])


def campaigns_without_statuses(facts: pd.DataFrame, changes: pd.DataFrame, label: str) -> set[str]:
    """Sessions whose known Campaign no longer offers a status: an app of the org may have rewritten its statuses, and
    the members that were created since may have another one (field B9).

    Args:
        facts: session_id, campaign_ref, linked, campaign_id as stored.
        changes: changes of the plan.
        label: label of the status.
    """
    created = (changes["object"] == "CampaignMemberStatus") & (changes["action"] == "create")
    refs = changes.loc[created & (changes["source_key"] == label), "campaign_ref"]
    lost = facts["campaign_ref"].isin(refs) & facts["campaign_id"].notna() & ~facts["linked"].astype(bool)
    return set(facts.loc[lost, "session_id"])


def unknown_campaigns(facts: pd.DataFrame, campaigns: pd.DataFrame) -> pd.Series:
    """Sessions that have a Campaign which no successful run has stored. It may lack statuses, because the run that
    created it may have been interrupted.

    Args:
        facts: session_id, known_status, campaign_id, campaign_created as stored.
        campaigns: session_id, Id, CreatedDate as read.
    """
    now = campaigns.set_index("session_id").reindex(facts["session_id"]).set_index(facts.index)
    created_before = facts["campaign_created"]
    other = facts["known_status"].isna() | (facts["campaign_id"] != now["Id"])
    recreated = created_before.notna() & (created_before != now["CreatedDate"])
    return now["Id"].notna() & (other | recreated)
