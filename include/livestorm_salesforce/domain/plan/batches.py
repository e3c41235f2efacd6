"""Batches of Campaigns for the mapped member loads."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.enums import SObject


def member_batches(changes: pd.DataFrame, size: int) -> list[list[str]]:
    """Campaign references in groups with about `size` member changes each.

    All members of a Campaign are in one batch: two tasks that write to one Campaign would wait for its record lock.
    """
    members = changes[changes["object"] == SObject.CAMPAIGN_MEMBER]
    counts = members.groupby("campaign_ref").size()
    if counts.empty:
        return []
    batch = (counts.cumsum() - 1) // size
    return [[str(campaign_ref) for campaign_ref in group.index] for _, group in counts.groupby(batch)]
