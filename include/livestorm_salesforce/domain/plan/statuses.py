"""The member statuses that each Campaign must offer (R21, Q1)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.builder import RECORD_COLUMNS, PlanBuilder
from livestorm_salesforce.domain.plan.diff import concat_differences
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import isin, lookup
from livestorm_salesforce.enums import Action, SObject

SORT_ORDER = 100  # behind the statuses that an org adds to each new Campaign


def plan_statuses(builder: PlanBuilder, campaigns: pd.DataFrame, current: pd.DataFrame, mapping: Mapping) -> None:
    """Add the statuses of new Campaigns, and of those whose statuses were read because members will be written.

    Args:
        campaigns: campaign_ref, campaign_id (null: to be created), linked; one row per Campaign.
        current: statuses as read.
    """
    read = isin(campaigns["campaign_id"], current["CampaignId"])
    missing, wrong = diff_statuses(campaigns[campaigns["campaign_id"].isna() | read], current, mapping)
    for rows, action, reason in (
        (missing, Action.CREATE, "status is not offered by the Campaign yet"),
        (wrong, Action.UPDATE, "status differs from the mapping"),
    ):
        if len(rows):
            numbers = rows.groupby(["campaign_ref", "label"], sort=False).ngroup()
            records = rows.rename(columns={"label": "source_key"})
            records = records.assign(object=str(SObject.CAMPAIGN_MEMBER_STATUS), number=numbers)
            records = records.drop_duplicates("number", ignore_index=True)[RECORD_COLUMNS]
            builder.add(records, rows.assign(row=numbers), action, reason)


def diff_statuses(
    campaigns: pd.DataFrame, current: pd.DataFrame, mapping: Mapping
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fields of statuses to create, and differences of existing ones. Statuses of linked Campaigns are not corrected
    and do not become the default (Q8).

    Args:
        campaigns: campaign_ref, campaign_id (null: to be created), linked.
        current: CampaignId, Id, Label, IsDefault, HasResponded, SortOrder of the Campaigns that exist.

    Returns:
        twice label, campaign_ref, record_id, field, before, after; one row per field.
    """
    desired = campaigns.merge(_desired_statuses(mapping), how="cross")
    current = current.assign(
        label_key=current["Label"].str.lower(), CampaignId=normalize.long_id(current["CampaignId"])
    )
    by = ["CampaignId", "label_key"]
    first = current.sort_values("SortOrder").drop_duplicates(by)  # two labels may differ in case only
    both = desired.merge(first, left_on=["campaign_id", by[1]], right_on=by, how="left", validate="many_to_one")
    missing = both[both["Id"].isna()].copy()
    missing["SortOrder"] = _sort_orders(missing, both, current)
    missing.loc[missing["linked"], "is_default"] = "false"
    values = {"Label": "label", "HasResponded": "responded", "IsDefault": "is_default", "SortOrder": "SortOrder"}
    created = [_field_rows(missing, field, column) for field, column in values.items()]
    own = both[both["Id"].notna() & ~both["linked"]]
    corrected = [
        _corrections(own, "HasResponded", "responded"),
        _corrections(own[own["is_default"] == "true"], "IsDefault", "is_default"),
    ]
    return concat_differences(created), concat_differences(corrected)


def _desired_statuses(mapping: Mapping) -> pd.DataFrame:
    ranked = mapping.statuses.ranked
    return pd.DataFrame({
        "label": [status.label for status in ranked],
        "label_key": [status.label.lower() for status in ranked],
        "responded": [str(status.responded).lower() for status in ranked],
        "is_default": ["true", "false", "false"],
        "rank": [1, 2, 3],
    })  # fmt: skip


def _sort_orders(missing: pd.DataFrame, both: pd.DataFrame, current: pd.DataFrame) -> pd.Series:
    """Positions behind all statuses of the Campaign. A status that was refused when the others were created gets the
    position that was reserved for it, so that the order does not depend on failures."""
    positions = pd.to_numeric(current["SortOrder"], errors="coerce")
    own = both[~both["linked"]]
    starts = (pd.to_numeric(own["SortOrder"], errors="coerce") - own["rank"]).groupby(own["campaign_id"]).min()
    highest, start = (
        pd.to_numeric(missing["campaign_id"].map(by_campaign), errors="coerce")
        for by_campaign in (positions.groupby(current["CampaignId"]).max(), starts[starts >= SORT_ORDER])
    )
    reserved = missing[["campaign_id"]].assign(position=start + missing["rank"])
    taken = current[["CampaignId"]].assign(position=positions).drop_duplicates()
    found = reserved.merge(taken, left_on=["campaign_id", "position"], right_on=["CampaignId", "position"], how="left")
    free = start.notna() & found["CampaignId"].isna().to_numpy()
    behind = missing["rank"] + highest.fillna(0).clip(lower=SORT_ORDER)
    return reserved["position"].where(free, behind).astype("int64").astype("str")


def _field_rows(rows: pd.DataFrame, field: str, column: str) -> pd.DataFrame:
    return pd.DataFrame({
        "label": rows["label"], "campaign_ref": rows["campaign_ref"], "record_id": rows["Id"].astype("str"),
        "field": field, "before": pd.Series(None, index=rows.index, dtype="str"), "after": rows[column].astype("str"),
    })  # fmt: skip


def _corrections(rows: pd.DataFrame, field: str, column: str) -> pd.DataFrame:
    before = normalize.boolean(rows[field])
    wrong = rows[before != rows[column]]
    return _field_rows(wrong, field, column).assign(before=before[wrong.index])


def replaceable_statuses(
    labels: pd.Series, campaign_ids: pd.Series, offered: pd.DataFrame, mapping: Mapping
) -> pd.Series:
    """Whether each current status may be replaced by any status of the mapping (field A6).

    These are no status at all, the mapping's `replaces`, and the Campaign's own default unless it counts as a response:
    Salesforce gives it to everybody who is added without a status.

    Args:
        offered: CampaignId, Label, IsDefault, HasResponded of the Campaigns whose statuses were read.
    """
    is_default = (normalize.boolean(offered["IsDefault"]) == "true") & (
        normalize.boolean(offered["HasResponded"]) != "true"
    )
    defaults = offered.loc[is_default, "CampaignId"] + " " + offered.loc[is_default, "Label"].str.lower()
    lower = labels.str.lower()
    is_listed = lower.isin([label.lower() for label in mapping.statuses.replaces])
    return labels.isna() | is_listed | isin(campaign_ids + " " + lower, defaults)


def offered_spelling(labels: pd.Series, campaign_ids: pd.Series, offered: pd.DataFrame) -> pd.Series:
    """Status labels as each Campaign spells them.

    Salesforce stores the default status, without an error, for a label that the Campaign does not offer; whether it
    ignores case is not documented.

    Args:
        offered: CampaignId, Label, SortOrder of the Campaigns whose statuses were read.
    """
    if offered.empty:
        return labels
    offered = offered.sort_values("SortOrder")
    keys = offered["CampaignId"] + " " + offered["Label"].str.lower()
    return lookup(campaign_ids + " " + labels.str.lower(), keys, offered["Label"]).astype("str").fillna(labels)
