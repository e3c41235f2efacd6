"""What a person reads before a plan is written: numbers per object, most affected fields, and a hash of the plan."""

from __future__ import annotations

import hashlib

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.enums import Action

#: Columns that identify a written value.
VALUES = ["object", "action", "record_id", "source_key", "campaign_ref", "field", "after"]
SHOWN_FIELDS = 8
HASH_LENGTH = 12


def plan_hash(plan: Plan) -> str:
    """Identifies what a plan writes, independent of the order of its rows."""
    rows = plan.fields.merge(plan.changes, on="change_id")[VALUES].astype("str")
    hashes = pd.util.hash_pandas_object(rows, index=False).sort_values()
    return hashlib.sha256(hashes.to_numpy().tobytes()).hexdigest()[:HASH_LENGTH]


def object_counts(plan: Plan) -> pd.DataFrame:
    """Number of records to create and to update: columns `object`, `create`, `update`."""
    counts = plan.changes.groupby(["object", "action"]).size().unstack(fill_value=0)
    return counts.reindex(columns=[str(Action.CREATE), str(Action.UPDATE)], fill_value=0).reset_index()


def affected_fields(plan: Plan) -> pd.DataFrame:
    """Fields of existing records that change most often: columns `object`, `field`, `records`, most affected first."""
    updates = plan.changes.loc[plan.changes["action"] == Action.UPDATE, ["change_id", "object"]]
    counts = plan.fields.merge(updates, on="change_id").groupby(["object", "field"]).size()
    found = counts.sort_values(ascending=False, kind="stable").head(SHOWN_FIELDS)
    return found.reset_index(name="records")
