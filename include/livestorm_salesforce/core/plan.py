"""The plan: every change with its reason, every registrant accounted for. Pure: read, then decide, then write.

1. Match people, 2. compare Campaigns, 3. statuses, 4. people, 5. members, 6. number the changes.
The same function plans anew before a load that does not trust an old reading; `narrow` keeps of an old plan only
what the new one still wants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields

import pandas as pd

from include.livestorm_salesforce.config.mapping import Mapping
from include.livestorm_salesforce.core import campaigns as campaign_rules
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core import frames
from include.livestorm_salesforce.core import members as member_rules
from include.livestorm_salesforce.core import people as people_rules
from include.livestorm_salesforce.core.match import candidate_records, match
from include.livestorm_salesforce.core.schema import ObjectSchema

IDENTITY = ["object", "key", "campaign", "action", "record_id"]
REFUSAL_COLUMNS = ["object", "key", "campaign", "code", "message"]
NOTE_COLUMNS = ["object", "key", "campaign", "field", "note"]
MEMBER_COLUMNS = ["campaign", "key", "record_id"]


@dataclass(frozen=True)
class Current:
    """What Salesforce holds for the keys at hand, as read. Every frame may be empty; columns are Salesforce's.

    `campaigns`: with `session_id`. `linked`: Id of the Campaigns that the mapping links and that exist. `contacts`,
    `leads`: with `key`. `converted`: Contacts by Id that converted Leads became. `members`: Id, CampaignId, LeadId,
    ContactId, Status, ...; `accounts`: Id, Name, Website.
    """

    campaigns: pd.DataFrame
    statuses: pd.DataFrame
    contacts: pd.DataFrame
    leads: pd.DataFrame
    converted: pd.DataFrame
    members: pd.DataFrame
    accounts: pd.DataFrame
    linked: pd.DataFrame


@dataclass(frozen=True)
class Plan:
    """What is to be done, and what came of every registrant so far.

    `changes` and `fields`: see `frames.CHANGES`, `frames.FIELDS`. `people`: key, object, record_id, matched_as,
    candidates. `campaigns`: campaign, session_id, campaign_id, linked. `refusals`: what cannot be sent, and why.
    `notes`: values that were cut or left out. `members`: campaign, key, record_id of the members there are already.
    """

    changes: pd.DataFrame
    fields: pd.DataFrame
    people: pd.DataFrame
    campaigns: pd.DataFrame
    refusals: pd.DataFrame
    notes: pd.DataFrame
    members: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MEMBER_COLUMNS, dtype="str"))

    @classmethod
    def names(cls) -> list[str]:
        return [each.name for each in dataclass_fields(cls)]

    def only(self, mine: Callable[[pd.DataFrame], pd.Series]) -> Plan:
        """The same plan with some of its changes; all it knows of people, Campaigns and members stays."""
        changes = self.changes[mine(self.changes)].reset_index(drop=True)
        fields = self.fields[self.fields["change_id"].isin(changes["change_id"])].reset_index(drop=True)
        return replace(self, changes=changes, fields=fields)


def resolve_people(registrations: pd.DataFrame, current: Current, mapping: Mapping) -> pd.DataFrame:
    """Who each key is, or what will be made of it: key, object, record_id, matched_as, candidates."""
    keys = registrations["key"].drop_duplicates()
    found = match(keys, current.contacts, current.leads, current.converted)
    nobody = keys[~keys.isin(found["key"])]
    new = pd.DataFrame({"key": nobody, "object": mapping.created_object, "matched_as": "created", "candidates": 0})
    people = pd.concat([found, new], ignore_index=True)
    people["record_id"] = people["record_id"].astype("str")
    return people.sort_values("key", ignore_index=True)


def make_plan(
    facts: pd.DataFrame,
    registrations: pd.DataFrame,
    current: Current,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> Plan:
    """Decide.

    Args:
        facts: sessions in scope as `campaigns.campaign_facts` gives them, with `campaign` and `linked`.
        registrations: counted registrations that may differ from what was loaded, with `campaign`, `member`,
            `status`, `person_dirty`, `member_dirty`, `superseded`.
    """
    parts = _Parts()
    campaigns = _campaign_table(facts, current, mapping)
    _campaigns(parts, facts, campaigns, current, mapping, schemas["Campaign"])
    people = resolve_people(registrations, current, mapping)
    changed = people[
        people["key"].isin(registrations.loc[registrations["person_dirty"], "key"]) | people["record_id"].isna()
    ]
    _people(parts, registrations, changed, current, mapping, schemas)
    wanted = registrations[registrations["member_dirty"] & ~_blocked(registrations, parts)]
    there = _members(parts, wanted, people, campaigns, current, mapping, schemas["CampaignMember"])
    changes, fields = parts.numbered()
    return Plan(
        frames.check(changes, frames.CHANGES),
        frames.check(fields, frames.FIELDS),
        people,
        campaigns,
        parts.table("refusals", REFUSAL_COLUMNS),
        parts.table("notes", NOTE_COLUMNS),
        there,
    )


def _blocked(registrations: pd.DataFrame, parts: _Parts) -> pd.Series:
    """Registrations that cannot become members: their Campaign, or their person, is not even sent."""
    refused = parts.table("refusals", REFUSAL_COLUMNS)
    of_campaign = refused["object"] == "Campaign"
    campaigns, keys = refused.loc[of_campaign, "campaign"], refused.loc[~of_campaign, "key"]
    return registrations["campaign"].isin(campaigns) | registrations["key"].isin(keys)


class _Parts:
    """Collects long differences until they are numbered."""

    def __init__(self) -> None:
        self.rows: list[pd.DataFrame] = []
        self.refusals: list[pd.DataFrame] = []
        self.notes: list[pd.DataFrame] = []

    def add(self, differences: pd.DataFrame, action: str, reason: str, **columns: object) -> None:
        if not differences.empty:
            self.rows.append(differences.assign(action=action, reason=reason, **columns))

    def table(self, name: str, columns: list[str]) -> pd.DataFrame:
        pieces = [piece for piece in getattr(self, name) if not piece.empty]
        joined = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)
        return joined.reindex(columns=columns).astype("str")

    def numbered(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        if not self.rows:
            return frames.empty(frames.CHANGES), frames.empty(frames.FIELDS)
        rows = pd.concat(self.rows, ignore_index=True)
        rows[IDENTITY] = rows[IDENTITY].astype("str")
        rows["change_id"] = rows.groupby(IDENTITY, sort=False, dropna=False).ngroup().astype("int64")
        changes = rows.drop_duplicates("change_id")[list(frames.CHANGES.columns)]
        return changes.reset_index(drop=True), rows[list(frames.FIELDS.columns)].astype({"before": "str"})


def _lost(facts: pd.DataFrame, table: pd.DataFrame, current: Current, mapping: Mapping) -> pd.DataFrame:
    """Campaigns that somebody deleted and that are not made again (Q7), and linked ones that do not exist (Q8)."""
    known = facts["campaign_id"].notna().to_numpy() & table["campaign_id"].isna().to_numpy()
    again = table["creates"].astype(bool) & mapping.campaign.recreate_deleted
    deleted = known & ~again.to_numpy() & ~table["linked"].to_numpy()
    missing = table["linked"] & ~canon.long_id(table["campaign_id"]).isin(current.linked["Id"])
    why = pd.Series("the Campaign of this session was deleted in Salesforce", index=table.index)
    why = why.mask(missing, "the Campaign that the mapping links to this session does not exist or is not visible")
    rows = table[deleted | missing]
    return pd.DataFrame(
        {
            "object": "Campaign",
            "key": rows["session_id"],
            "campaign": rows["campaign"],
            "code": "CAMPAIGN_DELETED",
            "message": why[rows.index],
        }
    )


def _campaign_table(facts: pd.DataFrame, current: Current, mapping: Mapping) -> pd.DataFrame:
    held = current.campaigns.set_index("session_id")["Id"]
    table = facts[["campaign", "session_id", "linked", "creates"]].reset_index(drop=True)
    linked_id = table["campaign"].where(table["linked"]).astype("str")
    return table.assign(campaign_id=linked_id.fillna(table["session_id"].map(held).astype("str")))


def _campaigns(
    parts: _Parts, facts: pd.DataFrame, table: pd.DataFrame, current: Current, mapping: Mapping, schema: ObjectSchema
) -> None:
    lost = _lost(facts, table, current, mapping)
    parts.refusals.append(lost)
    own = facts[~facts["linked"] & ~facts["campaign"].isin(lost["campaign"])]
    known = table.set_index("session_id")["campaign_id"]
    own = own[own["creates"] | own["session_id"].map(known).notna()]
    held = current.campaigns.set_index("session_id")
    wanted = campaign_rules.desired_campaigns(own, held.index, mapping, schema)
    updates, made, missing = campaign_rules.plan_campaigns(wanted.values, held, mapping, schema)
    parts.add(
        made.assign(record_id=None),
        "create",
        "session has no Campaign yet",
        object="Campaign",
        key=made["id"],
        campaign=made["id"],
    )
    parts.add(
        updates.assign(record_id=updates["id"].map(known)),
        "update",
        "differs from the session in Livestorm",
        object="Campaign",
        key=updates["id"],
        campaign=updates["id"],
    )
    parts.refusals.append(_refuse(missing, "Campaign").assign(campaign=missing.index))
    kept = updates["id"].tolist() + made["id"].tolist()
    notes = wanted.notes[wanted.notes["id"].isin(kept)]
    parts.notes.append(notes.rename(columns={"id": "key"}).assign(object="Campaign", campaign=notes["id"]))
    usable = table[(table["creates"] | table["campaign_id"].notna()) & ~table["session_id"].isin(missing.index)]
    usable = usable[~usable["campaign"].isin(lost["campaign"])]
    _statuses(parts, usable.drop_duplicates("campaign"), current, mapping)


def _statuses(parts: _Parts, table: pd.DataFrame, current: Current, mapping: Mapping) -> None:
    """Of new Campaigns, and of those whose statuses were read because members will be written."""
    read = set(current.statuses["CampaignId"])
    table = table[table["campaign_id"].isna() | table["campaign_id"].isin(read)]
    made, corrected = campaign_rules.plan_statuses(table, current.statuses, mapping)
    parts.add(
        made, "create", "status is not offered by the Campaign yet", object="CampaignMemberStatus", key=made.get("id")
    )
    parts.add(
        corrected, "update", "status differs from the mapping", object="CampaignMemberStatus", key=corrected.get("id")
    )


def _people(
    parts: _Parts,
    registrations: pd.DataFrame,
    people: pd.DataFrame,
    current: Current,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> None:
    new = people.loc[people["record_id"].isna(), "key"]
    accounts = people_rules.choose_accounts(registrations, new, current.accounts, mapping)
    contacts = pd.concat([current.contacts, current.converted], ignore_index=True)
    held = {"Contact": contacts, "Lead": current.leads}
    planned = people_rules.plan_people(registrations, people, held, accounts, mapping, schemas)
    ids = people.set_index("key")["record_id"]
    parts.add(
        planned.made.assign(record_id=None),
        "create",
        "nobody has this address",
        key=planned.made.get("id"),
        campaign=None,
    )
    parts.add(
        planned.updates.assign(record_id=planned.updates["id"].map(ids)),
        "update",
        "registrant brings other values",
        key=planned.updates.get("id"),
        campaign=None,
    )
    objects = people.set_index("key")["object"]
    parts.refusals.append(_refuse(planned.missing, planned.missing.index.map(objects)))
    parts.notes.append(planned.notes.assign(object=planned.notes["key"].map(objects)))


def _members(
    parts: _Parts,
    registrations: pd.DataFrame,
    people: pd.DataFrame,
    campaigns: pd.DataFrame,
    current: Current,
    mapping: Mapping,
    schema: ObjectSchema,
) -> pd.DataFrame:
    """Adds what is to be done; returns the members there are: columns `MEMBER_COLUMNS`."""
    wanted = member_rules.desired_members(registrations, mapping, schema)
    places = (
        registrations.drop_duplicates("member").set_index("member")[["campaign", "key"]].reindex(wanted.values.index)
    )
    ids = campaigns.drop_duplicates("campaign").set_index("campaign")["campaign_id"]
    places["campaign_id"] = places["campaign"].map(ids)
    wanted.values["Status"] = member_rules.spelled(wanted.values["Status"], places["campaign_id"], current.statuses)
    held = member_rules.find_members(places, current.members, _records(current, people))
    updates, made, missing = member_rules.plan_members(wanted.values, held, mapping, schema)
    parts.add(
        _placed(made, places).assign(record_id=None),
        "create",
        "not a member of this Campaign yet",
        object="CampaignMember",
    )
    parts.add(
        _placed(updates, places).assign(record_id=updates["id"].map(held["Id"])),
        "update",
        "attendance, replay or answers moved on",
        object="CampaignMember",
    )
    parts.refusals.append(_placed(_refuse(missing, "CampaignMember").rename(columns={"key": "id"}), places))
    parts.notes.append(_placed(wanted.notes, places).assign(object="CampaignMember"))
    return places.assign(record_id=held["Id"]).dropna(subset="record_id")[MEMBER_COLUMNS].astype("str")


def _placed(rows: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(campaign=rows["id"].map(places["campaign"]), key=rows["id"].map(places["key"]))


def _records(current: Current, people: pd.DataFrame) -> pd.DataFrame:
    """All records an address may mean, converted Leads too, the chosen one first."""
    every = candidate_records(current.contacts, current.leads, current.converted)[["key", "record_id"]]
    leads = current.leads[["key", "Id"]].rename(columns={"Id": "record_id"})
    chosen = people[["key", "record_id"]].dropna().assign(rank=0)
    ranked = pd.concat([chosen, every.assign(rank=1), leads.assign(rank=2)], ignore_index=True)
    return ranked.drop_duplicates(["key", "record_id"])


def _refuse(missing: pd.Series, sobject: object) -> pd.DataFrame:
    message = "required field(s) without a value: " + missing + ". Map them or give a fallback in the mapping."
    return pd.DataFrame(
        {"key": missing.index, "object": sobject, "code": "REQUIRED_FIELD_MISSING", "message": message.array}
    )


def narrow(plan: Plan, fresh: Plan) -> Plan:
    """Of an old plan, what a fresh one still wants, to the letter: a load may do less than the plan, never more.

    People and Campaigns are the fresh plan's, so that members hang on the records that exist now.
    """
    wanted = plan.fields.merge(plan.changes, on="change_id")
    still = fresh.fields.merge(fresh.changes[["change_id", *IDENTITY]], on="change_id").drop(columns="change_id")
    keys = [*IDENTITY, "field", "after", "before"]
    blank = dict.fromkeys(keys, "")
    kept = wanted.fillna(blank).merge(still[keys].fillna(blank), on=keys, how="inner")
    fields = plan.fields.merge(kept[["change_id", "field"]], on=["change_id", "field"])
    changes = plan.changes[plan.changes["change_id"].isin(fields["change_id"])].reset_index(drop=True)
    return Plan(changes, fields, fresh.people, fresh.campaigns, plan.refusals, plan.notes, fresh.members)
