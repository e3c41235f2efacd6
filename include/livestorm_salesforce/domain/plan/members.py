"""Changes of Campaign Members: one per person and Campaign; Status and engagement never decrease (R19 to R22)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.config.attributes import ENGAGEMENT
from livestorm_salesforce.config.field_rules import Fields
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.sections import ReplayRules
from livestorm_salesforce.domain.plan.builder import RECORD_COLUMNS, PlanBuilder
from livestorm_salesforce.domain.plan.desired_members import desired_members
from livestorm_salesforce.domain.plan.diff import creation_fields, current_values, diff_fields
from livestorm_salesforce.domain.plan.member_reasons import with_member_reasons
from livestorm_salesforce.domain.plan.model import MEMBER_COLUMNS, CurrentState, no_members
from livestorm_salesforce.domain.plan.required_fields import with_fallbacks
from livestorm_salesforce.domain.plan.statuses import offered_spelling, replaceable_statuses
from livestorm_salesforce.domain.registrants.change_causes import MEMBER_CAUSE
from livestorm_salesforce.domain.shared.joins import index_of, isin, lookup, take_rows
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import Action, SObject

#: Start of the note about a member whose status is not changed, because a user or automation set it (Q2).
STATUS_KEPT = "kept: "


def plan_members(
    builder: PlanBuilder,
    registrations: pd.DataFrame,
    records: pd.DataFrame,
    campaigns: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schema: ObjectSchema,
) -> pd.DataFrame:
    """Add the changes of members.

    Args:
        registrations: columns `desired_members.member_columns`.
        records: rows of `matching.records_of_people`.
        campaigns: rows of `campaigns.campaign_table`.

    Returns:
        the members that exist: columns `MEMBER_COLUMNS`.
    """
    if registrations.empty:
        return no_members()
    members, desired = desired_members(registrations, mapping, schema)
    campaign_ids = lookup(members["campaign_ref"], campaigns["campaign_ref"], campaigns["campaign_id"])
    existing = find_members(members.assign(campaign_id=campaign_ids), current.members, records)
    linked = isin(members["campaign_ref"], campaigns.loc[campaigns["linked"], "campaign_ref"])
    partial = linked | ~members["is_complete"].astype(bool)
    before = current_values(existing, "Status", schema)
    replaceable = replaceable_statuses(before, campaign_ids, current.statuses, mapping)
    values = desired.values.assign(Status=offered_spelling(desired.values["Status"], campaign_ids, current.statuses))
    updated, created, missing = diff_members(values, existing, partial, replaceable, mapping, schema)
    members = members.assign(object=str(SObject.CAMPAIGN_MEMBER), record_id=existing["Id"])
    table = members.rename(columns={"email_key": "source_key"})[RECORD_COLUMNS]
    builder.add(table, created, Action.CREATE, "not a member of this Campaign yet")
    updated = with_member_reasons(updated, members[MEMBER_CAUSE], mapping)
    builder.add(table, updated, Action.UPDATE, "registration brings other values")
    builder.refuse_incomplete(table, missing)
    builder.note(table, desired.notes)
    builder.note(table, _kept_statuses(before[existing["Id"].notna() & ~replaceable], mapping))
    found = members.assign(of_record=existing["ContactId"].fillna(existing["LeadId"])).dropna(subset="record_id")
    return found[MEMBER_COLUMNS].astype("str").reset_index(drop=True)


def find_members(members: pd.DataFrame, current: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """The existing member of each person and Campaign: rows in the order of `members`, columns of `current`.

    A member may belong to another record of the same person: to the Lead that was converted (it then has both ids), or
    to a Lead that is older than the Contact. A second member would count one person twice (Q15).

    Args:
        members: numbered rows: campaign_id (null: no Campaign yet), email_key.
        current: Id, CampaignId, LeadId, ContactId and mapped fields of existing members.
        records: email_key, record_id of all records of each person, rank (smallest: the matched record).
    """
    numbered = current[["Id", "CampaignId"]].assign(row=range(len(current)))
    of_record = [
        numbered.assign(record_id=current[name]).dropna(subset="record_id") for name in ("LeadId", "ContactId")
    ]
    existing = pd.concat(of_record).merge(records, on="record_id")
    keys = members["campaign_id"] + " " + members["email_key"]
    existing["member"] = index_of(existing["CampaignId"] + " " + existing["email_key"], keys)
    existing = existing[existing["member"] >= 0].sort_values(["member", "rank"]).drop_duplicates(["member", "row"])
    several = existing["member"].duplicated(keep=False)
    first = existing[several].sort_values(["member", "rank", "Id"]).drop_duplicates("member")
    rows = np.full(len(members), -1)
    for found in (existing[~several], first):
        rows[found["member"]] = found["row"]
    return take_rows(current, rows)


def diff_members(
    desired: pd.DataFrame,
    current: pd.DataFrame,
    partial: pd.Series,
    replaceable: pd.Series,
    mapping: Mapping,
    schema: ObjectSchema,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Differences of existing members, fields of those to create, and empty required fields by row number.

    Args:
        desired: values of `desired_members`.
        current: members in the same order; Id is null if there is none yet.
        partial: members that may have registrations which this run did not read: of another session linked to the
            Campaign (Q8), under another address, or read earlier. Their engagement never decreases.
        replaceable: `statuses.replaceable_statuses` of the current statuses.
    """
    exists = current["Id"].notna()
    desired = desired.assign(Status=_status_forward(desired["Status"], current, replaceable, mapping, schema))
    updated = _diff_existing(desired[exists], current[exists], partial[exists], mapping, schema)
    complete, missing = with_fallbacks(desired[~exists], mapping.campaign_member, schema, mapping.fallback)
    return updated, creation_fields(complete.drop(index=missing.index), schema), missing


def _diff_existing(
    desired: pd.DataFrame, current: pd.DataFrame, partial: pd.Series, mapping: Mapping, schema: ObjectSchema
) -> pd.DataFrame:
    desired, replay = desired.copy(), mapping.replay
    if replay and replay.field in desired:
        before = current_values(current, replay.field, schema)
        desired[replay.field] = _replay_forward(desired[replay.field], before, replay)
    if partial.any():
        desired = _engagement_forward(desired, current, partial, mapping.campaign_member, schema)
    return diff_fields(desired, current, mapping.campaign_member, schema, mapping.fallback)


def _status_forward(
    desired: pd.Series, current: pd.DataFrame, replaceable: pd.Series, mapping: Mapping, schema: ObjectSchema
) -> pd.Series:
    """Null for existing members whose status is of other origin and not replaceable, or is at least as far (Q2)."""
    before, after = _status_ranks(current_values(current, "Status", schema), mapping), _status_ranks(desired, mapping)
    below = replaceable & (before < 0)
    return desired.where(current["Id"].isna() | below | ((before >= 0) & (after > before)))


def _status_ranks(labels: pd.Series, mapping: Mapping) -> np.ndarray:
    """Position of each status in the mapping's order; -1 for others."""
    ranked = pd.Series([status.label.lower() for status in mapping.statuses.ranked], dtype="str")
    return index_of(labels.str.lower(), ranked)


def _kept_statuses(current: pd.Series, mapping: Mapping) -> pd.DataFrame:
    """Notes about existing members whose status is not one of the mapping's: row, field, note."""
    kept = current[_status_ranks(current, mapping) < 0]
    return pd.DataFrame({"row": kept.index, "field": "Status", "note": STATUS_KEPT + kept.to_numpy()})


def _replay_forward(desired: pd.Series, current: pd.Series, replay: ReplayRules) -> pd.Series:
    """Null unless the field is empty, or changes from not watched to watched; other values stay (Q3)."""
    not_watched = current.fillna("").str.lower() == replay.not_watched.lower()
    watched = desired.fillna("").str.lower() == replay.watched.lower()
    return desired.where(current.isna() | (not_watched & watched))


def _engagement_forward(
    desired: pd.DataFrame, current: pd.DataFrame, partial: pd.Series, fields: Fields, schema: ObjectSchema
) -> pd.DataFrame:
    """Engagement of partially read members is written only if it exceeds the current value."""
    kinds = {name: ENGAGEMENT[rule.attribute].kind for name, rule in fields.items() if rule.attribute in ENGAGEMENT}
    for name in [name for name in kinds if name in desired]:
        before = current_values(current, name, schema)
        more = _comparable(desired[name], kinds[name]) > _comparable(before, kinds[name])
        desired[name] = desired[name].where(~partial | before.isna() | more)
    return desired


def _comparable(values: pd.Series, kind: str) -> pd.Series:
    """Values that compare in order: numbers; as text, "false" < "true", and an earlier time < a later one."""
    if kind == "number":
        return pd.to_numeric(values, errors="coerce")
    return values.fillna("").astype("str")
