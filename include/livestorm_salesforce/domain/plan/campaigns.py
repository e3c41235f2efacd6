"""The Campaign of each session (R9 to R11, Q1, Q6, Q7, Q8)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.field_rules import FieldRule, Fields
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.builder import PlanBuilder
from livestorm_salesforce.domain.plan.campaign_names import chosen_names
from livestorm_salesforce.domain.plan.closing import CLOSES, closing_rows
from livestorm_salesforce.domain.plan.desired_state import DesiredValues, desired_values
from livestorm_salesforce.domain.plan.diff import creation_fields, current_values, diff_fields
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.plan.required_fields import with_fallbacks
from livestorm_salesforce.domain.plan.statuses import plan_statuses
from livestorm_salesforce.domain.shared.attribute_columns import ZONE, attribute_column
from livestorm_salesforce.domain.shared.joins import index_of, isin, lookup, take_rows
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.enums import Action, SObject, WritePolicy

#: Reason and note of a Campaign that existed and does not exist any more (field A15).
RECREATED = "its Campaign was deleted in Salesforce: created again"
#: Note about a Campaign that does not hold the id of its session any more.
FOLLOWED = "has another value than the session's id: the Campaign is found by its stored id and updated"
#: Why a session whose Campaign may exist gets none.
HIDDEN = "the Campaign of this session is not visible to the user of the connection: not created again"
#: Campaign fields that the rules define, and their columns in the Campaign facts.
RULED = {
    "Name": "name",
    "Type": "type",
    "Status": "campaign_status",
    "IsActive": "is_active",
    "StartDate": "start_date",
    "EndDate": "end_date",
    "Description": "text",
    "ParentId": "parent",
}


def ruled_fields(mapping: Mapping) -> Fields:
    """Field rules of a Campaign: those of the rules with the mapping's policies, and the mapping's further fields."""
    policies: dict[str, WritePolicy] = dict(mapping.campaign.policies.items())
    own = {
        name: FieldRule(attribute=column, policy=policies.get(name, WritePolicy.OVERWRITE))
        for name, column in RULED.items()
    }
    return own | mapping.campaign.fields


def campaign_table(facts: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """One row per session, in the order of `facts`.

    Args:
        facts: rows of `campaign_facts`.
        campaigns: current Campaigns with session_id, Id, CreatedDate.

    Returns:
        campaign_ref, session_id, linked, creates, campaign_id (null: to be created), campaign_created (CreatedDate).
    """
    table = facts[["campaign_ref", "session_id", "linked", "creates"]].reset_index(drop=True)
    own = lookup(table["session_id"], campaigns["session_id"], campaigns["Id"]).astype("str")
    created = lookup(table["session_id"], campaigns["session_id"], campaigns["CreatedDate"]).astype("str")
    linked = table["campaign_ref"].where(table["linked"]).astype("str")
    return table.assign(campaign_created=created, campaign_id=linked.fillna(own))


def plan_campaigns(
    builder: PlanBuilder,
    facts: pd.DataFrame,
    table: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schema: ObjectSchema,
) -> None:
    """Add the changes of Campaigns and their statuses.

    Args:
        facts: rows of `campaign_facts`.
        table: `campaign_table` of the facts.
    """
    unavailable = _unavailable(facts, table, current, mapping)
    _refuse_unavailable(builder, table, unavailable)
    exists = table["campaign_id"].notna()
    expected = (table["creates"] | exists) & (unavailable == "")
    rows = table.index[~table["linked"] & expected]
    incomplete = _plan_own(builder, facts.iloc[rows].reset_index(drop=True), current.campaigns, mapping, schema)
    usable = table[expected & ~table["session_id"].isin(incomplete)]
    plan_statuses(builder, usable.drop_duplicates("campaign_ref"), current.statuses, mapping)


def _unavailable(facts: pd.DataFrame, table: pd.DataFrame, current: CurrentState, mapping: Mapping) -> pd.Series:
    """Why a session cannot have its Campaign; empty if it can. A deleted Campaign is created again only if configured
    (Q7), a hidden one never (field C7); a linked one must exist (Q8)."""
    known = facts["campaign_id"].reset_index(drop=True).notna() & table["campaign_id"].isna() & ~table["linked"]
    recreated = table["creates"].astype(bool) & mapping.campaign.recreate_deleted
    missing = table["linked"] & ~isin(table["campaign_id"], current.linked["Id"])
    hidden = (known | missing) & table["session_id"].isin([*current.hidden_campaigns])
    rules = [
        (hidden, HIDDEN),
        (missing, "the Campaign that the mapping links to this session does not exist or is not visible"),
        (known & ~recreated, "the Campaign of this session was deleted in Salesforce"),
    ]
    return first_reason(rules, "", table.index)


def _refuse_unavailable(builder: PlanBuilder, table: pd.DataFrame, reasons: pd.Series) -> None:
    refused = table[reasons != ""].rename(columns={"session_id": "source_key"})
    reasons = reasons[reasons != ""]
    codes = reasons.map({HIDDEN: "CAMPAIGN_HIDDEN"}).fillna("CAMPAIGN_DELETED")
    refused = refused.assign(object=str(SObject.CAMPAIGN), code=codes, message=reasons)
    builder.refuse_rows(refused)


def _plan_own(
    builder: PlanBuilder, facts: pd.DataFrame, campaigns: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> pd.Series:
    """Add the changes of Campaigns that are not linked; return the sessions whose Campaign lacks required fields."""
    sessions = facts["session_id"]
    current = take_rows(campaigns, index_of(sessions, campaigns["session_id"]))
    desired = desired_campaigns(facts, current, mapping, schema)
    updated, created, missing = diff_campaigns(desired.values, current, sessions, mapping, schema)
    records = pd.DataFrame({
        "object": str(SObject.CAMPAIGN), "source_key": sessions, "campaign_ref": sessions, "record_id": current["Id"],
    })  # fmt: skip
    again = created["row"].isin(sessions.index[facts["campaign_id"].notna()])
    builder.add(records, created[~again], Action.CREATE, "session has no Campaign yet")
    builder.add(records, created[again], Action.CREATE, RECREATED)
    builder.note(records, created.loc[again, ["row"]].drop_duplicates().assign(field="Id", note=RECREATED))
    closes = closing_rows(updated, mapping)
    builder.add(records, updated[~closes], Action.UPDATE, "differs from the session in Livestorm")
    builder.add(records, updated[closes], Action.UPDATE, CLOSES)
    builder.refuse_incomplete(records, missing)
    builder.note(records, _other_session_ids(sessions, current, mapping))
    written = desired.notes["row"].isin([*updated["row"], *created["row"]])
    builder.note(records, desired.notes[written])
    return sessions[missing.index]


def _other_session_ids(sessions: pd.Series, current: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Notes about Campaigns that were found by their stored id: row, field, note."""
    name = mapping.campaign.external_id
    differs = current["Id"].notna() & (current[name].astype("str").str.lower().fillna("") != sessions.str.lower())
    return pd.DataFrame({"row": sessions.index[differs], "field": name, "note": FOLLOWED})


def desired_campaigns(
    facts: pd.DataFrame, current: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> DesiredValues:
    """Desired values in the order of `facts`. The name of an existing Campaign stays if its event cannot be read; it is
    not closed before the attendance of its session is known.

    Args:
        current: Campaigns in the same order; Id is null if there is none yet.
    """
    exists = current["Id"].notna()
    stays_open = facts["awaits_attendance"] & exists
    names = chosen_names(facts, current_values(current, "Name", schema))
    named = facts.assign(
        name=names.mask(facts["event_title"].isna() & exists),
        campaign_status=facts["campaign_status"].mask(stays_open),
        is_active=facts["is_active"].mask(stays_open),
    )
    attributes = named.rename(columns=attribute_column).assign(**{ZONE: named["timezone"]})
    return desired_values(attributes, ruled_fields(mapping), schema)


def diff_campaigns(
    desired: pd.DataFrame, current: pd.DataFrame, session_ids: pd.Series, mapping: Mapping, schema: ObjectSchema
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Differences of existing Campaigns, fields of those to create, and empty required fields by row number.

    Args:
        desired: values of `desired_campaigns`.
        current: Campaigns in the same order; Id is null if there is none yet.
        session_ids: in the same order.
    """
    rules = ruled_fields(mapping)
    exists = current["Id"].notna()
    updated = diff_fields(desired[exists], current[exists], rules, schema, mapping.fallback)
    keyed = desired[~exists].assign(**{mapping.campaign.external_id: session_ids[~exists]})
    complete, missing = with_fallbacks(keyed, rules, schema, mapping.fallback)
    return updated, creation_fields(complete.drop(index=missing.index), schema), missing
