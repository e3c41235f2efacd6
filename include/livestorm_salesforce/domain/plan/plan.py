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
from livestorm_salesforce.domain.plan.builder import PlanBuilder
from livestorm_salesforce.domain.plan.matching import candidate_records, match_people
from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.domain.shared import contracts
from livestorm_salesforce.domain.shared.joins import index_of, isin, lookup, take_rows
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.reasons import first_reason

IDENTITY = ["object", "source_key", "campaign_ref", "action", "record_id"]
RECORD_COLUMNS = ["object", "source_key", "campaign_ref", "record_id"]
MEMBER_COLUMNS = ["campaign_ref", "email_key", "record_id"]
PEOPLE = ("Contact", "Lead")
MEMBER = "CampaignMember"


@dataclass(frozen=True)
class CurrentState:
    """What Salesforce stores for the people and Campaigns of a plan. Every frame may be empty.

    Columns have Salesforce's field names. `campaigns` has `session_id` besides; `contacts`, `leads` and `converted`
    have `email_key`.

    Attributes:
        linked: Id of the Campaigns that the mapping links and that exist.
        converted: Contacts that converted Leads became, read by Id.
        members: Id, CampaignId, LeadId, ContactId, Status and the mapped fields.
        accounts: Id, Name, Website.
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
    """The changes to write, with a reason each, and the state that they were computed from.

    Attributes:
        changes: one row per record, columns of `contracts.CHANGES`.
        fields: one row per field of a change, columns of `contracts.FIELDS`.
        people: email_key, object, record_id (null: to be created), matched_as, candidates, person (the e-mail key under
            which all addresses of one record are written).
        campaigns: one row per session in scope: campaign_ref, session_id, campaign_id (null: to be created), linked,
            creates, campaign_created.
        refusals: records that cannot be sent, columns of `builder.REFUSAL_COLUMNS`.
        notes: values that were cut or left out, columns of `builder.NOTE_COLUMNS`.
        members: members that exist: campaign_ref, email_key, record_id.
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
    """The record of each e-mail key, or the object that will be created for it.

    Args:
        keys: unique e-mail keys, sorted.
        candidates: `matching.candidate_records` of these keys.

    Returns:
        email_key, object, record_id (null: to be created), matched_as, candidates, person; in order of `keys`. `person`
        is the key under which all addresses of one record are written: the record's own address before that of a
        converted Lead, then the first in order.
    """
    found = match_people(candidates)
    people = take_rows(found, index_of(keys, found["email_key"])).assign(email_key=keys)
    people["object"] = people["object"].fillna(mapping.created_object)
    people["matched_as"] = people["matched_as"].fillna("created")
    people["candidates"] = people["candidates"].fillna(0).astype("int64")
    people = people.astype({"object": "str", "record_id": "str", "matched_as": "str"})
    first = people.sort_values(["matched_as", "email_key"]).dropna(subset="record_id")  # contact < converted_lead
    return people.assign(
        person=lookup(people["record_id"], first["record_id"], first["email_key"]).fillna(people["email_key"])
    )


def _by_person(registrations: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Registrations under the key of their person. Two addresses may lead to one Contact, its own and that of a Lead
    converted into it: written as two, they would undo each other and be members twice."""
    if (people["person"] == people["email_key"]).all():
        return registrations
    person = lookup(registrations["email_key"], people["email_key"], people["person"])
    return registrations.assign(email_key=person, member=registrations["campaign_ref"] + " " + person)


def make_plan(
    facts: pd.DataFrame,
    registrations: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> Plan:
    """Decide.

    Args:
        facts: sessions in scope as `campaigns.campaign_facts` gives them, with `campaign_ref` and `linked`.
        registrations: counted registrations that may differ from what was loaded, with `campaign_ref`, `member`,
            `status`, `person_changed`, `member_changed`, `<attribute> stale`.
    """
    builder = PlanBuilder()
    campaigns = _campaign_table(facts, current)
    _campaigns(builder, facts, campaigns, current, mapping, schemas["Campaign"])
    keys = registrations["email_key"].drop_duplicates().sort_values(ignore_index=True)
    candidates = candidate_records(keys, current.contacts, current.leads, current.converted)
    people = resolve_people(keys, candidates, mapping)
    registrations = _by_person(registrations, people)
    _people(builder, registrations, people, current, mapping, schemas)
    theirs = registrations[member_rules.columns(registrations, mapping)]
    wanted = theirs[registrations["member_changed"] & ~_blocked(registrations, builder)]
    records = _records(people, candidates, current.leads)
    there = _members(builder, wanted, records, campaigns, current, mapping, schemas["CampaignMember"])
    changes, fields = builder.numbered()
    return Plan(
        contracts.check(changes, contracts.CHANGES),
        contracts.check(fields, contracts.FIELDS),
        people,
        campaigns,
        builder.refusals,
        builder.notes,
        there,
    )


def _blocked(registrations: pd.DataFrame, builder: PlanBuilder) -> pd.Series:
    """Registrations that cannot become members: their Campaign, or their person, is not even sent."""
    refused = builder.refusals
    of_campaign = refused["object"] == "Campaign"
    campaigns, keys = refused.loc[of_campaign, "campaign_ref"], refused.loc[~of_campaign, "source_key"]
    return isin(registrations["campaign_ref"], campaigns) | isin(registrations["email_key"], keys)


def _campaign_table(facts: pd.DataFrame, current: CurrentState) -> pd.DataFrame:
    """One row per session, as in `facts`: campaign_ref, session_id, linked, creates, campaign_id (null: to be made),
    campaign_created (Salesforce's CreatedDate)."""
    table = facts[["campaign_ref", "session_id", "linked", "creates"]].reset_index(drop=True)
    held = lookup(table["session_id"], current.campaigns["session_id"], current.campaigns["Id"])
    made = lookup(table["session_id"], current.campaigns["session_id"], current.campaigns["CreatedDate"])
    table["campaign_created"] = made.astype("str")
    return table.assign(
        campaign_id=table["campaign_ref"].where(table["linked"]).astype("str").fillna(held.astype("str"))
    )


def _lost(facts: pd.DataFrame, table: pd.DataFrame, current: CurrentState, mapping: Mapping) -> pd.Series:
    """Why a session cannot have its Campaign, empty where it can: somebody deleted it and it is not made again (Q7),
    or the mapping links one that does not exist (Q8)."""
    known = facts["campaign_id"].reset_index(drop=True).notna() & table["campaign_id"].isna() & ~table["linked"]
    again = table["creates"].astype(bool) & mapping.campaign.recreate_deleted
    missing = table["linked"] & ~isin(table["campaign_id"], current.linked["Id"])
    rules = [
        (missing, "the Campaign that the mapping links to this session does not exist or is not visible"),
        (known & ~again, "the Campaign of this session was deleted in Salesforce"),
    ]
    return first_reason(rules, "", table.index)


def _campaigns(
    builder: PlanBuilder,
    facts: pd.DataFrame,
    table: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schema: ObjectSchema,
) -> None:
    lost = _lost(facts, table, current, mapping)
    gone = table[lost != ""].rename(columns={"session_id": "source_key"})
    builder.refuse_rows(gone.assign(object="Campaign", code="CAMPAIGN_DELETED", message=lost[lost != ""]))
    exists = table["campaign_id"].notna()
    rows = table.index[~table["linked"] & (lost == "") & (table["creates"] | exists)]
    own, place = facts.iloc[rows].reset_index(drop=True), table.loc[rows].reset_index(drop=True)
    held = take_rows(current.campaigns, index_of(place["session_id"], current.campaigns["session_id"]))
    wanted = campaign_rules.desired_campaigns(own, held["Id"].notna(), mapping, schema)
    sessions = place["session_id"]
    updates, made, missing = campaign_rules.diff_campaigns(wanted.values, held, sessions, mapping, schema)
    records = pd.DataFrame(
        {"object": "Campaign", "source_key": sessions, "campaign_ref": sessions, "record_id": held["Id"]}
    )
    builder.add(records, made, "create", "session has no Campaign yet")
    builder.add(records, updates, "update", "differs from the session in Livestorm")
    builder.refuse(records, missing)
    builder.note(records, wanted.notes[wanted.notes["row"].isin([*updates["row"], *made["row"]])])
    usable = (table["creates"] | exists) & (lost == "") & ~table["session_id"].isin(sessions[missing.index])
    _statuses(builder, table[usable].drop_duplicates("campaign_ref"), current, mapping)


def _statuses(builder: PlanBuilder, table: pd.DataFrame, current: CurrentState, mapping: Mapping) -> None:
    """Of new Campaigns, and of those whose statuses were read because members will be written."""
    read = isin(table["campaign_id"], current.statuses["CampaignId"])
    made, corrected = campaign_rules.diff_statuses(table[table["campaign_id"].isna() | read], current.statuses, mapping)
    for rows, action, reason in (
        (made, "create", "status is not offered by the Campaign yet"),
        (corrected, "update", "status differs from the mapping"),
    ):
        if len(rows):
            numbers = rows.groupby(["campaign_ref", "label"], sort=False).ngroup()
            records = rows.assign(object="CampaignMemberStatus", source_key=rows["label"], number=numbers)
            records = records.drop_duplicates("number", ignore_index=True)[RECORD_COLUMNS]
            builder.add(records, rows.assign(row=numbers), action, reason)


def _people(
    builder: PlanBuilder,
    registrations: pd.DataFrame,
    people: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schemas: dict[str, ObjectSchema],
) -> None:
    registrations = registrations[people_rules.columns(registrations, mapping)]
    place = index_of(registrations["email_key"], people["email_key"])
    new = people["record_id"].isna()
    is_new, kind = new.to_numpy()[place], people["object"].to_numpy()[place]
    dirty = pd.Series(place).isin(place[registrations["person_changed"]]).to_numpy()
    accounts = people_rules.choose_accounts(registrations, people.loc[new, "email_key"], current.accounts, mapping)
    contacts = pd.concat([current.contacts, current.converted], ignore_index=True)
    for sobject, held in (("Contact", contacts), ("Lead", current.leads)):
        rows = registrations[(kind == sobject) & ~is_new & dirty]
        if len(rows):
            values = people_rules.person_values(latest_answers.without_stale_answers(rows), mapping)
            part = people_rules.updates(values, people, held, mapping, schemas[sobject])
            _add_people(builder, part, "update", "registrant brings other values")
        rows = registrations[(kind == sobject) & is_new]
        if len(rows):
            values = people_rules.person_values(rows, mapping)
            part = people_rules.new_people(values, people, accounts, mapping, schemas[sobject])
            _add_people(builder, part, "create", "nobody has this address")


def _add_people(builder: PlanBuilder, part: people_rules.PeopleChanges, action: str, reason: str) -> None:
    table = part.table.assign(campaign_ref=None).rename(columns={"email_key": "source_key"})[RECORD_COLUMNS]
    builder.add(table, part.differences, action, reason)
    builder.refuse(table, part.missing)
    builder.note(table, part.notes)


def _members(
    builder: PlanBuilder,
    registrations: pd.DataFrame,
    records: pd.DataFrame,
    campaigns: pd.DataFrame,
    current: CurrentState,
    mapping: Mapping,
    schema: ObjectSchema,
) -> pd.DataFrame:
    """Adds what is to be done; returns the members there are: columns `MEMBER_COLUMNS`."""
    if registrations.empty:
        return pd.DataFrame(columns=MEMBER_COLUMNS, dtype="str")
    places, wanted = member_rules.desired_members(registrations, mapping, schema)
    places["campaign_id"] = lookup(places["campaign_ref"], campaigns["campaign_ref"], campaigns["campaign_id"])
    wanted.values["Status"] = member_rules.spelled(wanted.values["Status"], places["campaign_id"], current.statuses)
    held = member_rules.find_members(places, current.members, records)
    shared = isin(places["campaign_ref"], campaigns.loc[campaigns["linked"], "campaign_ref"])
    partly = shared | ~places["is_complete"].astype(bool)
    updates, made, missing = member_rules.diff_members(wanted.values, held, partly, mapping, schema)
    table = places.assign(object="CampaignMember", record_id=held["Id"]).rename(columns={"email_key": "source_key"})[
        RECORD_COLUMNS
    ]
    builder.add(table, made, "create", "not a member of this Campaign yet")
    builder.add(table, updates, "update", "attendance, replay or answers moved on")
    builder.refuse(table, missing)
    builder.note(table, wanted.notes)
    return (
        table.rename(columns={"source_key": "email_key"})
        .dropna(subset="record_id")[MEMBER_COLUMNS]
        .astype("str")
        .reset_index(drop=True)
    )


def _records(people: pd.DataFrame, candidates: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """All records an address may mean, converted Leads too, the chosen one first: email_key, record_id, rank."""
    leads = leads.loc[isin(leads["email_key"], people["email_key"]), ["email_key", "Id"]].rename(
        columns={"Id": "record_id"}
    )
    chosen = people[["email_key", "record_id"]].dropna().assign(rank=0)
    every = candidates[["email_key", "record_id"]].assign(rank=1)
    records = pd.concat([chosen, every, leads.assign(rank=2)], ignore_index=True)
    return records.assign(email_key=lookup(records["email_key"], people["email_key"], people["person"]))
