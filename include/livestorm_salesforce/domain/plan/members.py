"""Campaign Members: one per person and Campaign, Status only forward, replay only in its own field (R19 to R22)."""

from __future__ import annotations

import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from livestorm_salesforce.config.attributes import ENGAGEMENT
from livestorm_salesforce.config.mapping import FieldRule, Fields, Mapping
from livestorm_salesforce.domain.plan.desired_state import DesiredValues, desired_values, newest_values, with_fallbacks
from livestorm_salesforce.domain.plan.diff import creation_fields, current_values, diff_fields
from livestorm_salesforce.domain.shared.attribute_columns import attribute_column, attributes_of, zoned
from livestorm_salesforce.domain.shared.joins import index_of, lookup, take_rows
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema

ATTENDED = 2
REPLAY = "replay of ours"  # no slug of a form has a blank


def columns(registrations: pd.DataFrame, mapping: Mapping) -> list[str]:
    """The columns of registrations that decide about members; to carry the others along costs more than deciding."""
    needed = ["email_key", "session_id", "person_id", "registered_at", "member", "campaign_ref", "status", "attended",
              "attendance_pending", "is_complete", "has_viewed_replay",
              *zoned(attributes_of(mapping.campaign_member))]  # fmt: skip
    return [name for name in dict.fromkeys(needed) if name in registrations]


def desired_members(
    registrations: pd.DataFrame, mapping: Mapping, schema: ObjectSchema
) -> tuple[pd.DataFrame, DesiredValues]:
    """Who shall be a member where (columns campaign, key, whole, in the order of `member`), and with what: Status, the
    replay field when the org has it, the mapped fields; rows numbered alike.

    The same person twice in one Campaign (one address in two cases, or two sessions linked to one Campaign) is one
    member that has done all of what the registrations did.
    """
    rows = registrations.assign(
        rank=_ranks(registrations, mapping),
        watched=registrations["has_viewed_replay"].astype("int64"),
        watchable=registrations["status"].isin(["past", "on_demand"]).astype("int64"),
    )
    by_member = rows.groupby(pd.factorize(rows["member"], sort=True)[0])
    done = by_member[["rank", "watched", "watchable"]].max()
    attributes = _attributes(registrations, by_member, mapping)
    attributes[attribute_column(REPLAY)] = _replay(done, mapping)
    wanted = desired_values(attributes, mapping.campaign_member | _replay_rule(mapping), schema)
    labels = dict(enumerate(status.label for status in mapping.statuses.ranked))
    rank = done["rank"].where(done["rank"] == ATTENDED, _least(rows, by_member))
    places = by_member[["campaign_ref", "email_key"]].first().assign(is_complete=by_member["is_complete"].min())
    return places, DesiredValues(wanted.values.assign(Status=rank.map(labels).astype("str")), wanted.notes)


def _least(rows: pd.DataFrame, by_member: DataFrameGroupBy) -> pd.Series:
    """The lowest rank of each member. A session on demand is open for ever: it tells not who missed another."""
    dated = rows["rank"].where(rows["status"] != "on_demand")
    return dated.groupby(by_member.ngroup()).min().fillna(by_member["rank"].min()).astype("int64")


def _attributes(registrations: pd.DataFrame, by_member: DataFrameGroupBy, mapping: Mapping) -> pd.DataFrame:
    """Answers from the newest registration that has them; of what was done in the sessions, the most."""
    columns = zoned(attributes_of(mapping.campaign_member))
    newest = newest_values(registrations, "member", [column for column in columns if column not in ENGAGEMENT])
    did = [column for column in columns if column in ENGAGEMENT]
    return newest.join(by_member[did].max()) if did else newest


def _replay(done: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """What the replay field shall say; null while there is no recording that could have been watched (Q3)."""
    if mapping.replay is None:
        return pd.Series(None, index=done.index, dtype="str")
    shown = done["watched"].map({1: mapping.replay.watched, 0: mapping.replay.not_watched}).astype("str")
    return shown.where((done["watchable"] == 1) | (done["watched"] == 1))


def _replay_rule(mapping: Mapping) -> Fields:
    return {mapping.replay.field: FieldRule(attribute=REPLAY)} if mapping.replay else {}


def _ranks(registrations: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """0 registered, 1 not attended, 2 attended: only a session that is over says whether somebody came (Q2, Q20).

    Who missed one session and is registered for another one of the same Campaign has not missed it yet.
    """
    over = registrations["status"] == "past"
    missed = over & ~registrations["attendance_pending"]
    rank = pd.Series(0, index=registrations.index).mask(missed, 1).mask(over & registrations["attended"], ATTENDED)
    viewed = (registrations["status"] == "on_demand") & registrations["has_viewed_replay"]
    return rank.mask(viewed & mapping.statuses.raise_on_demand, ATTENDED)


def spelled(statuses: pd.Series, campaign_ids: pd.Series, offered: pd.DataFrame) -> pd.Series:
    """Status labels as each Campaign spells them. Salesforce stores the default, without an error, for a label it does
    not know; whether it knows one in another case is nowhere said.

    Args:
        offered: CampaignId, Label, SortOrder of the Campaigns whose statuses were read.
    """
    if offered.empty:
        return statuses
    offered = offered.sort_values("SortOrder")
    own = offered["CampaignId"] + " " + offered["Label"].str.lower()
    return lookup(campaign_ids + " " + statuses.str.lower(), own, offered["Label"]).astype("str").fillna(statuses)


def find_members(places: pd.DataFrame, members: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """The member row that each person has in the Campaign already: rows as in `places`, columns of `members`.

    A person's member row may hang on another record of the same address: on the Lead that was converted since (it
    then carries both ids), or on a Lead that existed before a Contact was made. A second row would count one person
    twice (Q15).

    Args:
        places: numbered rows; columns campaign_id (null: no Campaign yet) and key.
        records: key, record_id of every record an address may mean, `rank` smallest for the one that was chosen.
    """
    numbered = members[["Id", "CampaignId", "LeadId", "ContactId"]].assign(row=range(len(members)))
    held = numbered.melt(["row", "Id", "CampaignId"], ["LeadId", "ContactId"], value_name="record_id")
    held = held.dropna(subset="record_id").merge(records, on="record_id")
    held["place"] = index_of(
        held["CampaignId"] + " " + held["email_key"], places["campaign_id"] + " " + places["email_key"]
    )
    first = held[held["place"] >= 0].sort_values(["place", "rank", "Id"]).drop_duplicates("place")
    rows = first.set_index("place")["row"].reindex(places.index, fill_value=-1)
    return take_rows(members, rows.to_numpy())


def diff_members(
    desired: pd.DataFrame, current: pd.DataFrame, partly: pd.Series, mapping: Mapping, schema: ObjectSchema
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Differences of members that exist, values of those to be made, and required fields that lack a value.

    `current` has the rows of `desired`; its `Id` is null where there is no member yet.

    Args:
        partly: rows of which other registrations may not be at hand: of another session linked to the Campaign (Q8), or
            under another address, or of one read earlier. What somebody did there is the most of any.
    """
    exists = current["Id"].notna()
    held, wanted = current[exists], desired[exists].copy()
    wanted["Status"] = _forward(wanted["Status"], current_values(held, "Status", schema), mapping)
    replay = mapping.replay
    if replay and replay.field in wanted:
        now = current_values(held, replay.field, schema)
        wanted[replay.field] = _replay_forward(wanted[replay.field], now, mapping)
    wanted = _most_of_any(wanted, held, partly[exists], mapping.campaign_member, schema)
    updates = diff_fields(wanted, held, mapping.campaign_member, schema, mapping.fallback)
    fields = mapping.campaign_member
    complete, missing = with_fallbacks(desired[~exists], fields, schema, mapping.fallback)
    return updates, creation_fields(complete.drop(index=missing.index), schema), missing


def _most_of_any(
    wanted: pd.DataFrame, held: pd.DataFrame, partly: pd.Series, fields: Fields, schema: ObjectSchema
) -> pd.DataFrame:
    """This run may have read one registration of several; what the member did under another one stays."""
    did = {name: ENGAGEMENT[rule.attribute].kind for name, rule in fields.items() if rule.attribute in ENGAGEMENT}
    if not partly.any():
        return wanted
    for name in [name for name in did if name in wanted]:
        before = current_values(held, name, schema)
        more = _measure(wanted[name], did[name]) > _measure(before, did[name])
        wanted[name] = wanted[name].where(~partly | before.isna() | more)
    return wanted


def _measure(values: pd.Series, kind: str) -> pd.Series:
    if kind == "number":
        return pd.to_numeric(values, errors="coerce")
    return values.fillna("").astype("str")  # "true" comes after "false", and a later time after an earlier one


def _forward(wanted: pd.Series, held: pd.Series, mapping: Mapping) -> pd.Series:
    """Null where the status must stay: it is not one of ours, or it is already as far (Q2)."""
    order = {status.label.lower(): rank for rank, status in enumerate(mapping.statuses.ranked)}
    before, after = held.str.lower().map(order), wanted.str.lower().map(order)
    return wanted.where(after > before)


def _replay_forward(wanted: pd.Series, held: pd.Series, mapping: Mapping) -> pd.Series:
    """Watched is final; Not Watched is only written over nothing; a value that is not ours stays (Q3)."""
    replay = mapping.replay
    blank = held.isna()
    rises = (held.str.lower() == replay.not_watched.lower()) & (wanted.str.lower() == replay.watched.lower())
    return wanted.where(blank | rises.fillna(False).astype(bool))
