"""Computes the plan: every change with its reason.

1. Campaigns and statuses, 2. matching of people, 3. Contacts and Leads, 4. Campaign Members.

A load that does not trust an old reading computes the plan again with the same function; `rebase` then keeps the
changes of the old plan that the new one still contains.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.builder import PlanBuilder
from livestorm_salesforce.domain.plan.campaigns import campaign_table, plan_campaigns
from livestorm_salesforce.domain.plan.desired_members import member_columns
from livestorm_salesforce.domain.plan.matching import (
    address_notes,
    candidate_records,
    mark_withheld,
    merge_addresses,
    records_of_people,
    resolve_people,
    without_withheld,
)
from livestorm_salesforce.domain.plan.members import plan_members
from livestorm_salesforce.domain.plan.model import CurrentState, Plan
from livestorm_salesforce.domain.plan.people import plan_people
from livestorm_salesforce.domain.plan.state_trust import replaced_campaigns
from livestorm_salesforce.domain.shared.joins import isin
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import SObject


def make_plan(
    facts: pd.DataFrame,
    registrations: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> Plan:
    """Compute the plan.

    Args:
        facts: sessions in scope, rows of `campaign_facts`.
        registrations: eligible registrations that may differ from what was loaded: columns of
            `contracts.REGISTRANTS`, campaign_ref, member, status, person_changed, member_changed, attendance_pending,
            is_complete, `<attribute> stale`.
        current: what Salesforce stores for them.
        schemas: describe results by object.
    """
    builder = PlanBuilder()
    campaigns = campaign_table(facts, current.campaigns)
    plan_campaigns(builder, facts, campaigns, current, mapping, schemas[SObject.CAMPAIGN])
    keys = registrations["email_key"].drop_duplicates().sort_values(ignore_index=True)
    candidates = candidate_records(keys, current.contacts, current.leads, current.converted)
    deleted = current.deleted - _keys_of_replaced(facts, campaigns, registrations)
    people = mark_withheld(resolve_people(keys, candidates, mapping), deleted, current.hidden, mapping)
    registrations = merge_addresses(without_withheld(registrations, people), people)
    plan_people(builder, registrations, people, current, mapping, schemas)
    writable = registrations["member_changed"] & ~_parent_refused(registrations, builder.refusals)
    rows = registrations.loc[writable, member_columns(registrations, mapping)]
    records = records_of_people(people, candidates, current.leads)
    members = plan_members(builder, rows, records, campaigns, current, mapping, schemas[SObject.CAMPAIGN_MEMBER])
    changes, fields = builder.changes()
    notes = pd.concat([builder.notes, address_notes(people, current.followed)], ignore_index=True)
    return Plan(changes, fields, people, campaigns, builder.refusals, notes, members)


def _keys_of_replaced(facts: pd.DataFrame, campaigns: pd.DataFrame, registrations: pd.DataFrame) -> set[str]:
    """People of sessions whose Campaign is another one than before: the org was set up again, no user deleted them."""
    replaced = replaced_campaigns(facts, campaigns)
    return {*registrations.loc[registrations["session_id"].isin([*replaced]), "email_key"]}


def _parent_refused(registrations: pd.DataFrame, refusals: pd.DataFrame) -> pd.Series:
    """Registrations that cannot become members because their Campaign or their person cannot be sent."""
    of_campaign = refusals["object"] == SObject.CAMPAIGN
    campaign_refused = isin(registrations["campaign_ref"], refusals.loc[of_campaign, "campaign_ref"])
    return campaign_refused | isin(registrations["email_key"], refusals.loc[~of_campaign, "source_key"])
