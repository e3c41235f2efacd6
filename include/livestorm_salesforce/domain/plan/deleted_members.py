"""Campaign Members that a user deleted are not created again, unless the mapping says so (field A15)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared.joins import isin, lookup
from livestorm_salesforce.enums import Action, SObject

#: Note about a member that existed and does not exist any more.
NOTE = "a user deleted the member: not created again"
#: Columns of members that an earlier run left in Salesforce.
LOADED = ["record_id", "campaign_id"]
MEMBER = ["source_key", "campaign_ref"]


def created_members(plan: Plan) -> pd.DataFrame:
    """Members that the plan creates in existing Campaigns for existing people: change_id, source_key, campaign_ref,
    campaign_id, record_id of the person."""
    changes = plan.changes[
        (plan.changes["object"] == SObject.CAMPAIGN_MEMBER) & (plan.changes["action"] == Action.CREATE)
    ]
    return changes[["change_id", *MEMBER]].assign(
        campaign_id=lookup(changes["campaign_ref"], plan.campaigns["campaign_ref"], plan.campaigns["campaign_id"]),
        record_id=lookup(changes["source_key"], plan.people["person"], plan.people["record_id"]),
    ).dropna(subset=LOADED)  # fmt: skip


def keep_deleted(plan: Plan, loaded: pd.DataFrame) -> Plan:
    """Remove the creation of members that an earlier run left in the same Campaign on the same record, and add a note
    for each. Salesforce moves the members of merged and converted records: these have another record then.

    Args:
        loaded: columns `LOADED`, with ids of 18 characters.
    """
    gone = created_members(plan).merge(loaded[LOADED].drop_duplicates(), on=LOADED)
    if gone.empty:
        return plan
    changes = plan.changes[~plan.changes["change_id"].isin(gone["change_id"])].reset_index(drop=True)
    fields = plan.fields[~plan.fields["change_id"].isin(gone["change_id"])].reset_index(drop=True)
    notes = gone[MEMBER].assign(object=str(SObject.CAMPAIGN_MEMBER), field="Id", note=NOTE)
    return replace(plan, changes=changes, fields=fields, notes=pd.concat([plan.notes, notes], ignore_index=True))


def deleted_members(plan: Plan) -> pd.DataFrame:
    """Members that the plan does not create because a user deleted them: columns `MEMBER`."""
    return plan.notes.loc[plan.notes["note"] == NOTE, MEMBER]


def is_deleted(campaign_refs: pd.Series, people: pd.Series, plan: Plan) -> pd.Series:
    """Whether the member of a Campaign and a person is one of `deleted_members`."""
    deleted = deleted_members(plan)
    return isin(campaign_refs + " " + people, deleted["campaign_ref"] + " " + deleted["source_key"])
