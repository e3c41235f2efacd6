"""The Campaign of each session and the statuses it must offer (R9 to R11, R21, Q1, Q6, Q7, Q8)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.config.mapping import FieldRule, Fields, Mapping
from livestorm_salesforce.domain.plan.desired_state import DesiredValues, desired_values, with_fallbacks
from livestorm_salesforce.domain.plan.diff import concat_differences, creation_fields, diff_fields
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.attribute_columns import ZONE, attribute_column
from livestorm_salesforce.domain.shared.joins import lookup
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema

NAME_LENGTH = 80  # Campaign.Name
SORT_ORDER = 100  # beyond the statuses that an org puts on each new Campaign

#: Campaign fields of the rules, and the columns of `campaign_facts` they come from.
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


def campaign_facts(sessions: pd.DataFrame, events: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """One row per session (index: session_id) with everything a Campaign field may be made from."""
    shown = events.rename(columns={"title": "event_title", "status": "event_status", "updated_at": "event_updated_at"})
    facts = sessions.merge(shown, on="event_id", how="left", validate="many_to_one").set_index("session_id", drop=False)
    facts.index.name = None
    started = facts["started_at"].fillna(facts["estimated_started_at"])
    planned = pd.to_timedelta(facts["estimated_duration"].fillna(0), unit="min")
    ended = facts["ended_at"].fillna((started + planned).astype(started.dtype))
    facts["start_date"] = normalize.local_dates(started, facts["timezone"])
    facts["end_date"] = normalize.local_dates(ended, facts["timezone"])
    facts["session_name"] = facts["name"]
    facts["name"] = _names(facts)
    facts["type"] = mapping.campaign.type
    facts["campaign_status"] = facts["status"].map(mapping.campaign.status.model_dump()).astype("str")
    over = facts["status"].isin(["past", "canceled"])
    running = facts["status"].isin(["upcoming", "live", "on_demand"])
    facts["is_active"] = pd.Series(np.select([running, over], ["true", "false"], ""), index=facts.index, dtype="str")
    facts["text"] = _descriptions(facts)
    facts["campaign_ref"] = facts["campaign_id"].where(facts["linked"], facts["session_id"])
    facts["parent"] = facts["event_id"].map(mapping.campaign.parents).astype("str")
    return facts


def of_sessions(records: pd.DataFrame, session_ids: pd.Series, external_id: str) -> pd.DataFrame:
    """The Campaign of each session, with `session_id`: where the field is not unique or a Campaign was cloned, the
    oldest by CreatedDate, then Id (Q7), so that members never move from one to the other.

    Salesforce finds an id in whatever case it is asked for, and returns it as it was stored.
    """
    stored = records[external_id].astype("str")
    asked = lookup(stored.str.lower(), session_ids.str.lower(), session_ids).astype("str")
    oldest = records.assign(session_id=asked.fillna(stored)).sort_values(["CreatedDate", "Id"])
    return oldest.drop_duplicates("session_id", ignore_index=True)


def _names(facts: pd.DataFrame) -> pd.Series:
    """Event title, session name if any, local date; cut so that the date stays (Q6)."""
    words = facts["event_title"].fillna("Livestorm session")
    words = words.where(facts["session_name"].isna(), words + " - " + facts["session_name"])
    dated = facts["start_date"].notna() & (facts["status"] != "on_demand")
    tail = (" - " + facts["start_date"]).where(dated, "").fillna("")
    long, short = words.str.slice(0, NAME_LENGTH), words.str.slice(0, NAME_LENGTH - len(" - 2026-11-23"))
    return long.where(tail == "", short).str.strip() + tail


def _descriptions(facts: pd.DataFrame) -> pd.Series:
    both = facts["description"].fillna("") + "\n\n" + facts["registration_link"].fillna("")
    return normalize.text(both)


def ruled_fields(mapping: Mapping) -> Fields:
    """The rules' own fields and the mapping's further ones, with their policies."""
    policies = mapping.campaign.policies
    own = {name: FieldRule(attribute=column, policy=policies.get(name, "overwrite")) for name, column in RULED.items()}
    return own | mapping.campaign.fields


def desired_campaigns(facts: pd.DataFrame, exists: pd.Series, mapping: Mapping, schema: ObjectSchema) -> DesiredValues:
    """Rows as in `facts`. `Status` and the like are left out where the rules have no opinion, and so is the name of a
    Campaign that exists while the event, and with it its title, cannot be read."""
    plain = facts.assign(name=facts["name"].mask(facts["event_title"].isna() & exists))
    zoned = plain.rename(columns=attribute_column).assign(**{ZONE: plain["timezone"]})
    return desired_values(zoned, ruled_fields(mapping), schema)


def diff_campaigns(
    desired: pd.DataFrame, current: pd.DataFrame, session_ids: pd.Series, mapping: Mapping, schema: ObjectSchema
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Differences of Campaigns that exist, values of those to be made, and required fields that lack a value.

    `current` and `session_ids` have the rows of `desired`; `current.Id` is null where there is no Campaign yet.
    """
    rules = ruled_fields(mapping)
    exists = current["Id"].notna()
    updates = diff_fields(desired[exists], current[exists], rules, schema, mapping.fallback)
    keyed = desired[~exists].assign(**{mapping.campaign.external_id: session_ids[~exists]})
    complete, missing = with_fallbacks(keyed, rules, schema, mapping.fallback)
    return updates, creation_fields(complete.drop(index=missing.index), schema), missing


def diff_statuses(
    campaigns: pd.DataFrame, current: pd.DataFrame, mapping: Mapping
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Statuses to make and to correct: long frames with the columns of differences, `campaign_ref` and `label`.

    Args:
        campaigns: campaign_ref, campaign_id (null: to be made), linked.
        current: CampaignId, Id, Label, IsDefault, HasResponded, SortOrder of the Campaigns that exist.
    """
    wanted = campaigns.merge(_wanted_statuses(mapping), how="cross")
    held = current.assign(label_key=current["Label"].str.lower(), CampaignId=normalize.long_id(current["CampaignId"]))
    by = ["CampaignId", "label_key"]
    first = held.sort_values("SortOrder").drop_duplicates(by)  # two labels may differ in case only
    both = wanted.merge(first, left_on=["campaign_id", by[1]], right_on=by, how="left", validate="many_to_one")
    missing = both[both["Id"].isna()].copy()
    missing["SortOrder"] = _sort_orders(missing, both, held)
    missing.loc[missing["linked"], "is_default"] = "false"
    values = {"Label": "label", "HasResponded": "responded", "IsDefault": "is_default", "SortOrder": "SortOrder"}
    made = concat_differences([_status_rows(missing, field, column) for field, column in values.items()])
    ours = both[both["Id"].notna() & ~both["linked"]]
    return made, concat_differences([
        _corrections(ours, "HasResponded", "responded"),
        _corrections(ours[ours["is_default"] == "true"], "IsDefault", "is_default"),
    ])  # fmt: skip


def _sort_orders(missing: pd.DataFrame, both: pd.DataFrame, held: pd.DataFrame) -> pd.Series:
    """Behind all statuses of the Campaign; but one that was refused when its siblings were made takes the place that
    was left for it, so that the three stand in the same order whatever happened on the way."""
    places = pd.to_numeric(held["SortOrder"], errors="coerce")
    ours = both[~both["linked"]]
    began = (pd.to_numeric(ours["SortOrder"], errors="coerce") - ours["rank"]).groupby(ours["campaign_id"]).min()
    highest, left = (
        pd.to_numeric(missing["campaign_id"].map(per), errors="coerce")
        for per in (places.groupby(held["CampaignId"]).max(), began[began >= SORT_ORDER])
    )
    rows = missing[["campaign_id"]].assign(place=left + missing["rank"])
    taken = held[["CampaignId"]].assign(place=places).drop_duplicates()
    found = rows.merge(taken, left_on=["campaign_id", "place"], right_on=["CampaignId", "place"], how="left")
    free = left.notna() & found["CampaignId"].isna().to_numpy()
    behind = missing["rank"] + highest.fillna(0).clip(lower=SORT_ORDER)
    return rows["place"].where(free, behind).astype("int64").astype("str")


def _wanted_statuses(mapping: Mapping) -> pd.DataFrame:
    ranked = mapping.statuses.ranked
    return pd.DataFrame({
        "label": [status.label for status in ranked],
        "label_key": [status.label.lower() for status in ranked],
        "responded": [str(status.responded).lower() for status in ranked],
        "is_default": ["true", "false", "false"],
        "rank": [1, 2, 3],
    })  # fmt: skip


def _status_rows(rows: pd.DataFrame, field: str, column: str) -> pd.DataFrame:
    return pd.DataFrame({
        "label": rows["label"], "campaign_ref": rows["campaign_ref"],
        "record_id": rows["Id"].astype("str"), "field": field,
        "before": pd.Series(None, index=rows.index, dtype="str"), "after": rows[column].astype("str"),
    })  # fmt: skip


def _corrections(rows: pd.DataFrame, field: str, column: str) -> pd.DataFrame:
    before = normalize.boolean(rows[field])
    wrong = rows[before != rows[column]]
    return _status_rows(wrong, field, column).assign(before=before[wrong.index])
