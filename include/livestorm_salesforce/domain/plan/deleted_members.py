"""Campaign Members that a user deleted are not created again, unless the mapping says so (field A15)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared.joins import lookup
from livestorm_salesforce.enums import Action, SObject

#: Note about a member that existed and does not exist any more.
NOTE = "a user deleted the member: not created again"
MEMBER = ["source_key", "campaign_ref"]


def created_members(plan: Plan) -> pd.DataFrame:
    """Members that the plan creates in Campaigns that exist: change_id, source_key, campaign_ref, record_id of the
    person."""
    changes = plan.changes[
        (plan.changes["object"] == SObject.CAMPAIGN_MEMBER) & (plan.changes["action"] == Action.CREATE)
    ]
    existing = plan.campaigns.loc[plan.campaigns["campaign_id"].notna(), "campaign_ref"]
    changes = changes[changes["campaign_ref"].isin(existing)]
    person = lookup(changes["source_key"], plan.people["person"], plan.people["record_id"])
    return changes[["change_id", *MEMBER]].assign(record_id=person)


def keep_deleted(plan: Plan, loaded: pd.DataFrame, replaced: set[str], mapping: Mapping) -> Plan:
    """Remove the creation of members that were loaded before, and add a note for each.

    Args:
        loaded: members that Salesforce held after an earlier run: session_id, campaign_ref, record_id of the person.
        replaced: sessions whose Campaign is another one than before (`state_trust.replaced_campaigns`).
    """
    if mapping.people.recreate_deleted:
        return plan
    known = loaded.loc[~loaded["session_id"].isin(replaced), ["campaign_ref", "record_id"]].drop_duplicates()
    gone = created_members(plan).merge(known, on=["campaign_ref", "record_id"])
    if gone.empty:
        return plan
    changes = plan.changes[~plan.changes["change_id"].isin(gone["change_id"])].reset_index(drop=True)
    fields = plan.fields[~plan.fields["change_id"].isin(gone["change_id"])].reset_index(drop=True)
    notes = gone[MEMBER].assign(object=str(SObject.CAMPAIGN_MEMBER), field="Id", note=NOTE)
    return replace(plan, changes=changes, fields=fields, notes=pd.concat([plan.notes, notes], ignore_index=True))
