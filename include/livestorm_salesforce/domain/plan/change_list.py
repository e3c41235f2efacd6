"""The change list (plan.csv): one row per field to write, with the reason."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.enums import SObject

COLUMNS = ["object", "action", "source_key", "campaign_ref", "record_id", "field", "before", "after", "reason"]
ORDER = (SObject.CAMPAIGN, SObject.CAMPAIGN_MEMBER_STATUS, SObject.CONTACT, SObject.LEAD, SObject.CAMPAIGN_MEMBER)


def change_list(plan: Plan) -> pd.DataFrame:
    """Columns `COLUMNS`, in the order of loading: Campaigns and statuses, people, members."""
    order = {str(name): place for place, name in enumerate(ORDER)}
    rows = with_field_reasons(plan.fields.merge(plan.changes, on="change_id"))
    rows["order"] = rows["object"].map(order)
    return rows.sort_values(["order", "campaign_ref", "source_key", "field"], ignore_index=True)[COLUMNS]


def with_field_reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of fields joined with their changes; `reason` is that of the field where it has one."""
    return rows.assign(reason=rows["field_reason"].fillna(rows["reason"]))
