"""The plan for a person's eyes: one row per field that would change, with the reason."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.plan import Plan

COLUMNS = ["object", "action", "key", "campaign", "record_id", "field", "before", "after", "reason"]


def outline(plan: Plan) -> pd.DataFrame:
    """Columns `COLUMNS`, in the order of loading: Campaigns and statuses, people, members."""
    order = {name: place for place, name in enumerate(("Campaign", "CampaignMemberStatus", "Contact", "Lead"))}
    rows = plan.fields.merge(plan.changes, on="change_id")
    rows["order"] = rows["object"].map(order).fillna(len(order))
    return rows.sort_values(["order", "campaign", "key", "field"], ignore_index=True)[COLUMNS]
