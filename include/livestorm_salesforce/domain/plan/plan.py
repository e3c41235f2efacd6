"""The plan: every change with its reason, every registrant accounted for. Pure: read, then decide, then write.

1. Match people, 2. compare Campaigns, 3. statuses, 4. people, 5. members, 6. number the changes.
The same function plans anew before a load that does not trust an old reading; `rebase` keeps of an old plan only
what the new one still wants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan import campaigns as campaign_rules
from livestorm_salesforce.domain.plan import members as member_rules
from livestorm_salesforce.domain.plan import people as people_rules
from livestorm_salesforce.domain.plan.builder import Parts
from livestorm_salesforce.domain.plan.matching import candidate_records, match
from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.domain.shared import contracts
from livestorm_salesforce.domain.shared.joins import found_in, places_in, rows_at, within
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.reasons import first_reason

IDENTITY = ["object", "key", "campaign", "action", "record_id"]
RECORD_COLUMNS = ["object", "key", "campaign", "record_id"]
MEMBER_COLUMNS = ["campaign", "key", "record_id"]
PEOPLE = ("Contact", "Lead")
MEMBER = "CampaignMember"


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
    candidates, person (the key that changes go by). `campaigns`: campaign, session_id, campaign_id, linked, ...
    `refusals`: what cannot be sent, and why. `notes`: values that were cut or left out. `members`: campaign, key,
    record_id of the members there are already.
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


def resolve_people(keys: pd.Series, candidates: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Who each key is, or what will be made of it: key, object, record_id, matched_as, candidates, person; in order of
    key. `person` is the key that speaks for all addresses of one record: one that it has itself, then the first.

    Args:
        keys: unique, in order. candidates: `match.candidate_records` of these keys.
    """
    found = match(candidates)
    people = rows_at(found, places_in(keys, found["key"])).assign(key=keys)
    people["object"] = people["object"].fillna(mapping.created_object)
    people["matched_as"] = people["matched_as"].fillna("created")
    people["candidates"] = people["candidates"].fillna(0).astype("int64")
    people = people.astype({"object": "str", "record_id": "str", "matched_as": "str"})
    first = people.sort_values(["matched_as", "key"]).dropna(subset="record_id")  # contact < converted_lead
    return people.assign(person=found_in(people["record_id"], first["record_id"], first["key"]).fillna(people["key"]))


def _by_person(registrations: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Registrations under the key of their person. Two addresses may lead to one Contact, its own and that of a Lead
    converted into it: written as two, they would undo each other and be members twice."""
    if (people["person"] == people["key"]).all():
        return registrations
    person = found_in(registrations["key"], people["key"], people["person"])
    return registrations.assign(key=person, member=registrations["campaign"] + " " + person)


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
            `status`, `person_dirty`, `member_dirty`, `<attribute> stale`.
    """
    parts = Parts()
    campaigns = _campaign_table(facts, current)
    _campaigns(parts, facts, campaigns, current, mapping, schemas["Campaign"])
    keys = registrations["key"].drop_duplicates().sort_values(ignore_index=True)
    candidates = candidate_records(keys, current.contacts, current.leads, current.converted)
    people = resolve_people(keys, candidates, mapping)
    registrations = _by_person(registrations, people)
    _people(parts, registrations, people, current, mapping, schemas)
    theirs = registrations[member_rules.columns(registrations, mapping)]
    wanted = theirs[registrations["member_dirty"] & ~_blocked(registrations, parts)]
    records = _records(people, candidates, current.leads)
    there = _members(parts, wanted, records, campaigns, current, mapping, schemas["CampaignMember"])
    changes, fields = parts.numbered()
    return Plan(
        contracts.check(changes, contracts.CHANGES),
        contracts.check(fields, contracts.FIELDS),
        people,
        campaigns,
        parts.refusals,
        parts.notes,
        there,
    )


def _blocked(registrations: pd.DataFrame, parts: Parts) -> pd.Series:
    """Registrations that cannot become members: their Campaign, or their person, is not even sent."""
    refused = parts.refusals
    of_campaign = refused["object"] == "Campaign"
    campaigns, keys = refused.loc[of_campaign, "campaign"], refused.loc[~of_campaign, "key"]
    return within(registrations["campaign"], campaigns) | within(registrations["key"], keys)


def _campaign_table(facts: pd.DataFrame, current: Current) -> pd.DataFrame:
    """One row per session, as in `facts`: campaign, session_id, linked, creates, campaign_id (null: to be made),
    campaign_created (Salesforce's CreatedDate)."""
    table = facts[["campaign", "session_id", "linked", "creates"]].reset_index(drop=True)
    held = found_in(table["session_id"], current.campaigns["session_id"], current.campaigns["Id"])
    made = found_in(table["session_id"], current.campaigns["session_id"], current.campaigns["CreatedDate"])
    table["campaign_created"] = made.astype("str")
    return table.assign(campaign_id=table["campaign"].where(table["linked"]).astype("str").fillna(held.astype("str")))


def _lost(facts: pd.DataFrame, table: pd.DataFrame, current: Current, mapping: Mapping) -> pd.Series:
    """Why a session cannot have its Campaign, empty where it can: somebody deleted it and it is not made again (Q7),
    or the mapping links one that does not exist (Q8)."""
    known = facts["campaign_id"].reset_index(drop=True).notna() & table["campaign_id"].isna() & ~table["linked"]
    again = table["creates"].astype(bool) & mapping.campaign.recreate_deleted
    missing = table["linked"] & ~within(table["campaign_id"], current.linked["Id"])
    rules = [
        (missing, "the Campaign that the mapping links to this session does not exist or is not visible"),
        (known & ~again, "the Campaign of this session was deleted in Salesforce"),
    ]
    return first_reason(rules, "", table.index)


def _campaigns(
    parts: Parts, facts: pd.DataFrame, table: pd.DataFrame, current: Current, mapping: Mapping, schema: ObjectSchema
) -> None:
    lost = _lost(facts, table, current, mapping)
    gone = table[lost != ""].rename(columns={"session_id": "key"})
    parts.refuse_rows(gone.assign(object="Campaign", code="CAMPAIGN_DELETED", message=lost[lost != ""]))
    exists = table["campaign_id"].notna()
    rows = table.index[~table["linked"] & (lost == "") & (table["creates"] | exists)]
    own, place = facts.iloc[rows].reset_index(drop=True), table.loc[rows].reset_index(drop=True)
    held = rows_at(current.campaigns, places_in(place["session_id"], current.campaigns["session_id"]))
    wanted = campaign_rules.desired_campaigns(own, held["Id"].notna(), mapping, schema)
    sessions = place["session_id"]
    updates, made, missing = campaign_rules.plan_campaigns(wanted.values, held, sessions, mapping, schema)
    records = pd.DataFrame({"object": "Campaign", "key": sessions, "campaign": sessions, "record_id": held["Id"]})
    parts.add(records, made, "create", "session has no Campaign yet")
    parts.add(records, updates, "update", "differs from the session in Livestorm")
    parts.refuse(records, missing)
    parts.note(records, wanted.notes[wanted.notes["id"].isin([*updates["id"], *made["id"]])])
    usable = (table["creates"] | exists) & (lost == "") & ~table["session_id"].isin(sessions[missing.index])
    _statuses(parts, table[usable].drop_duplicates("campaign"), current, mapping)


def _statuses(parts: Parts, table: pd.DataFrame, current: Current, mapping: Mapping) -> None:
    """Of new Campaigns, and of those whose statuses were read because members will be written."""
    read = within(table["campaign_id"], current.statuses["CampaignId"])
    made, corrected = campaign_rules.plan_statuses(table[table["campaign_id"].isna() | read], current.statuses, mapping)
    for rows, action, reason in (
        (made, "create", "status is not offered by the Campaign yet"),
        (corrected, "update", "status differs from the mapping"),
    ):
        if len(rows):
            numbers = rows.groupby(["campaign", "id"], sort=False).ngroup()
            records = rows.assign(object="CampaignMemberStatus", key=rows["id"], number=numbers)
            records = records.drop_duplicates("number", ignore_index=True)[RECORD_COLUMNS]
            parts.add(records, rows.assign(id=numbers), action, reason)


def _people(
    parts: Parts,
    registrations: pd.DataFrame,
    people: pd.DataFrame,
    current: Current,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> None:
    registrations = registrations[people_rules.columns(registrations, mapping)]
    place = places_in(registrations["key"], people["key"])
    new = people["record_id"].isna()
    is_new, kind = new.to_numpy()[place], people["object"].to_numpy()[place]
    dirty = pd.Series(place).isin(place[registrations["person_dirty"]]).to_numpy()
    accounts = people_rules.choose_accounts(registrations, people.loc[new, "key"], current.accounts, mapping)
    contacts = pd.concat([current.contacts, current.converted], ignore_index=True)
    for sobject, held in (("Contact", contacts), ("Lead", current.leads)):
        rows = registrations[(kind == sobject) & ~is_new & dirty]
        if len(rows):
            values = people_rules.person_values(latest_answers.speaking(rows), mapping)
            part = people_rules.updates(values, people, held, mapping, schemas[sobject])
            _add_people(parts, part, "update", "registrant brings other values")
        rows = registrations[(kind == sobject) & is_new]
        if len(rows):
            values = people_rules.person_values(rows, mapping)
            part = people_rules.new_people(values, people, accounts, mapping, schemas[sobject])
            _add_people(parts, part, "create", "nobody has this address")


def _add_people(parts: Parts, part: people_rules.PeoplePart, action: str, reason: str) -> None:
    table = part.table.assign(campaign=None)[RECORD_COLUMNS]
    parts.add(table, part.differences, action, reason)
    parts.refuse(table, part.missing)
    parts.note(table, part.notes)


def _members(
    parts: Parts,
    registrations: pd.DataFrame,
    records: pd.DataFrame,
    campaigns: pd.DataFrame,
    current: Current,
    mapping: Mapping,
    schema: ObjectSchema,
) -> pd.DataFrame:
    """Adds what is to be done; returns the members there are: columns `MEMBER_COLUMNS`."""
    if registrations.empty:
        return pd.DataFrame(columns=MEMBER_COLUMNS, dtype="str")
    places, wanted = member_rules.desired_members(registrations, mapping, schema)
    places["campaign_id"] = found_in(places["campaign"], campaigns["campaign"], campaigns["campaign_id"])
    wanted.values["Status"] = member_rules.spelled(wanted.values["Status"], places["campaign_id"], current.statuses)
    held = member_rules.find_members(places, current.members, records)
    shared = within(places["campaign"], campaigns.loc[campaigns["linked"], "campaign"])
    partly = shared | ~places["whole"].astype(bool)
    updates, made, missing = member_rules.plan_members(wanted.values, held, partly, mapping, schema)
    table = places.assign(object="CampaignMember", record_id=held["Id"])[RECORD_COLUMNS]
    parts.add(table, made, "create", "not a member of this Campaign yet")
    parts.add(table, updates, "update", "attendance, replay or answers moved on")
    parts.refuse(table, missing)
    parts.note(table, wanted.notes)
    return table.dropna(subset="record_id")[MEMBER_COLUMNS].astype("str").reset_index(drop=True)


def _records(people: pd.DataFrame, candidates: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """All records an address may mean, converted Leads too, the chosen one first: key, record_id, rank."""
    leads = leads.loc[within(leads["key"], people["key"]), ["key", "Id"]].rename(columns={"Id": "record_id"})
    chosen = people[["key", "record_id"]].dropna().assign(rank=0)
    every = candidates[["key", "record_id"]].assign(rank=1)
    records = pd.concat([chosen, every, leads.assign(rank=2)], ignore_index=True)
    return records.assign(key=found_in(records["key"], people["key"], people["person"]))
