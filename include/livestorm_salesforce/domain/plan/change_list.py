"""The change list (plan.csv): one row per field to write, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.enums import SObject

COLUMNS = ["object", "action", "source_key", "campaign_ref", "record_id", "field", "before", "after", "reason"]
#: Records of one part.
PART = 5_000
ORDER = (SObject.CAMPAIGN, SObject.CAMPAIGN_MEMBER_STATUS, SObject.CONTACT, SObject.LEAD, SObject.CAMPAIGN_MEMBER)


def change_list(plan: Plan) -> pd.DataFrame:
    """Columns `COLUMNS`, in the order of loading: Campaigns and statuses, people, members."""
    return pd.concat(change_list_parts(plan), ignore_index=True)


def change_list_parts(plan: Plan) -> Iterator[pd.DataFrame]:
    """The change list in parts of `PART` records: that of a large run takes more memory than its plan."""
    places = plan.changes["object"].map({str(name): place for place, name in enumerate(ORDER)})
    changes = plan.changes.assign(order=places).sort_values(["order", "campaign_ref", "source_key"], ignore_index=True)
    positions = pd.Index(changes["change_id"]).get_indexer(plan.fields["change_id"])
    in_order = np.argsort(positions, kind="stable")
    for start in range(0, max(len(changes), 1), PART):
        part = changes.iloc[start : start + PART]
        first, last = np.searchsorted(positions, [start, start + PART], sorter=in_order)
        fields = plan.fields.iloc[in_order[first:last]]
        rows = with_field_reasons(fields.merge(part, on="change_id"))
        yield rows.sort_values(["order", "campaign_ref", "source_key", "field"], ignore_index=True)[COLUMNS]


def with_field_reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of fields joined with their changes; `reason` is that of the field where it has one."""
    return rows.assign(reason=rows["field_reason"].fillna(rows["reason"]))
