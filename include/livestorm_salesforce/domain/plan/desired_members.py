"""The desired Campaign Members: who must be a member of which Campaign, with which Status and values (R19 to R22)."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from livestorm_salesforce.config.attributes import ENGAGEMENT
from livestorm_salesforce.config.field_rules import FieldRule, Fields
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.desired_state import (
    DesiredValues,
    desired_values,
    hint_column,
    newest_values,
    with_hints,
)
from livestorm_salesforce.domain.registrants.change_causes import MEMBER_CAUSE
from livestorm_salesforce.domain.shared.attribute_columns import (
    LANGUAGE,
    ZONE,
    attribute_column,
    attributes_of,
    zoned,
)
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema

REGISTERED, NOT_ATTENDED, ATTENDED = 0, 1, 2
REPLAY = "replay status"  # attribute of this module; form slugs contain no blank


def member_columns(registrations: pd.DataFrame, mapping: Mapping) -> list[str]:
    """The columns that changes of members depend on. Copying all columns would cost more than the diff."""
    needed = ["email_key", "session_id", "person_id", "registered_at", "member", "campaign_ref", "status", "attended",
              "attendance_pending", "is_complete", "has_viewed_replay",
              MEMBER_CAUSE, ZONE, LANGUAGE, *attributes_of(mapping.campaign_member)]  # fmt: skip
    return [name for name in dict.fromkeys(needed) if name in registrations]


def desired_members(
    registrations: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> tuple[pd.DataFrame, DesiredValues]:
    """One member per person and Campaign.

    Several registrations of one person in one Campaign (one address in two spellings, or two sessions linked to one
    Campaign) become one member with everything that the registrations did.

    Returns:
        campaign_ref, email_key, is_complete, member_cause of each member, numbered in the order of `member`; and their
        desired values: Status, the replay field if the org has it, the mapped fields.
    """
    rows = registrations.assign(
        rank=_ranks(registrations, mapping),
        watched=registrations["has_viewed_replay"].astype("int64"),
        watchable=registrations["status"].isin(["past", "on_demand"]).astype("int64"),
    )
    by_member = rows.groupby(pd.factorize(rows["member"], sort=True)[0])
    done = by_member[["rank", "watched", "watchable"]].max()
    hinted = with_hints(registrations, mapping.campaign_member, schema)
    attributes = _attributes(hinted, by_member, mapping)
    attributes[attribute_column(REPLAY)] = _replay(done, mapping)
    desired = desired_values(attributes, mapping.campaign_member | _replay_rule(mapping), schema)
    labels = dict(enumerate(status.label for status in mapping.statuses.ranked))
    rank = done["rank"].where(done["rank"] == ATTENDED, _lowest_rank(rows, by_member))
    members = (
        by_member[["campaign_ref", "email_key"]]
        .first()
        .assign(is_complete=by_member["is_complete"].min(), **{MEMBER_CAUSE: by_member[MEMBER_CAUSE].max()})
    )
    return members, DesiredValues(desired.values.assign(Status=rank.map(labels).astype("str")), desired.notes)


def _ranks(registrations: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """Status rank of each registration; attendance is known only after the end of the session (Q2, Q20).

    A no-show who is registered for a later session of the same Campaign stays registered until that session ends.
    """
    over = registrations["status"] == "past"
    missed = over & ~registrations["attendance_pending"]
    attended = over & registrations["attended"]
    rank = pd.Series(REGISTERED, index=registrations.index).mask(missed, NOT_ATTENDED).mask(attended, ATTENDED)
    viewed = (registrations["status"] == "on_demand") & registrations["has_viewed_replay"]
    return rank.mask(viewed & mapping.statuses.raise_on_demand, ATTENDED)


def _lowest_rank(rows: pd.DataFrame, by_member: DataFrameGroupBy[Any, Any]) -> pd.Series:
    """The lowest rank of each member. On-demand sessions, which never end, count only if there are no others."""
    dated = rows["rank"].where(rows["status"] != "on_demand")
    return dated.groupby(by_member.ngroup()).min().fillna(by_member["rank"].min()).astype("int64")


def _attributes(registrations: pd.DataFrame, by_member: DataFrameGroupBy[Any, Any], mapping: Mapping) -> pd.DataFrame:
    """Answers of the newest registration that has one; the maximum of each engagement attribute."""
    columns = zoned(attributes_of(mapping.campaign_member))
    columns = [*columns, *registrations.columns[registrations.columns.str.endswith(hint_column(""))]]
    newest = newest_values(registrations, "member", [column for column in columns if column not in ENGAGEMENT])
    engagement = [column for column in columns if column in ENGAGEMENT]
    return newest.join(by_member[engagement].max()) if engagement else newest


def _replay(done: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """The value of the replay field; null while there is no recording (Q3)."""
    if mapping.replay is None:
        return pd.Series(None, index=done.index, dtype="str")
    value = done["watched"].map({1: mapping.replay.watched, 0: mapping.replay.not_watched}).astype("str")
    return value.where((done["watchable"] == 1) | (done["watched"] == 1))


def _replay_rule(mapping: Mapping) -> Fields:
    return {mapping.replay.field: FieldRule(attribute=REPLAY)} if mapping.replay else {}
