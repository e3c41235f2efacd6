"""The plan for a person's eyes: one row per field that would change, with the reason."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.plan import Plan

COLUMNS = ["object", "action", "source_key", "campaign_ref", "record_id", "field", "before", "after", "reason"]


def change_list(plan: Plan) -> pd.DataFrame:
    """Columns `COLUMNS`, in the order of loading: Campaigns and statuses, people, members."""
    order = {name: place for place, name in enumerate(("Campaign", "CampaignMemberStatus", "Contact", "Lead"))}
    rows = plan.fields.merge(plan.changes, on="change_id")
    rows["order"] = rows["object"].map(order).fillna(len(order))
    return rows.sort_values(["order", "campaign_ref", "source_key", "field"], ignore_index=True)[COLUMNS]
