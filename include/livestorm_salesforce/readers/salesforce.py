"""Reads the current state of Campaigns, people and members from Salesforce, in as few calls as possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.accounts import account_search_terms
from livestorm_salesforce.domain.plan.campaign_facts import campaigns_of_sessions
from livestorm_salesforce.domain.plan.campaigns import ruled_fields
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.plan.state_trust import unknown_campaigns
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import isin
from livestorm_salesforce.domain.shared.mail_domains import spellings
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.record_history import SYSTEM_FIELDS
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.readers.query_batch import QueryBatch
from livestorm_salesforce.readers.stored_campaigns import follow_campaigns
from livestorm_salesforce.readers.stored_records import follow_records
from livestorm_salesforce.runs.context import AppContext

STATUS_FIELDS = ["Id", "CampaignId", "Label", "IsDefault", "HasResponded", "SortOrder"]
ACCOUNT_FIELDS = ["Id", "Name", "Website"]
PEOPLE = {"contacts": SObject.CONTACT, "leads": SObject.LEAD}
#: Columns of registrations that lead to stored records.
STORED_BY = ["session_id", "person_id", "email_key", "form.first_name", "form.last_name"]


def read_current(app: AppContext, facts: pd.DataFrame, registrations: pd.DataFrame) -> CurrentState:
    """The current state of the sessions' Campaigns and of the registrations' people and members.

    Two rounds of queries, because members are selected by the records that the first round finds.

    Args:
        facts: rows of `campaign_facts`.
        registrations: session_id, email_key, form.company.
    """
    return _read_dependents(app, facts, registrations, _read_keyed(app, facts, registrations))


@dataclass(frozen=True)
class KeyedRecords:
    """Records that the first round finds by session id, e-mail address or stored id; columns as in `CurrentState`."""

    campaigns: pd.DataFrame
    contacts: pd.DataFrame
    leads: pd.DataFrame
    linked: pd.DataFrame
    hidden_campaigns: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()


def _read_keyed(app: AppContext, facts: pd.DataFrame, registrations: pd.DataFrame) -> KeyedRecords:
    mapping, schemas, queries = app.mapping, app.schemas, QueryBatch(app.salesforce)
    keys = registrations["email_key"].drop_duplicates().tolist()
    own, external_id = facts.loc[~facts["linked"], "session_id"], mapping.campaign.external_id
    fields = campaign_fields(mapping, schemas[SObject.CAMPAIGN])
    queries.add_in("campaigns", SObject.CAMPAIGN, fields, external_id, own)
    for name, sobject in PEOPLE.items():
        queries.add_in(name, sobject, person_fields(sobject, mapping, schemas[sobject]), "Email", spellings(keys))
    queries.add_in("linked", SObject.CAMPAIGN, ["Id"], "Id", facts.loc[facts["linked"], "campaign_ref"])
    queries.run()
    campaigns = campaigns_of_sessions(queries.frame("campaigns"), facts["session_id"], external_id)
    contacts, leads = (_keyed(queries.frame(name)) for name in PEOPLE)
    linked = queries.frame("linked")
    stored = follow_campaigns(app.salesforce, facts, campaigns, linked, fields)
    found = KeyedRecords(stored.campaigns, contacts, leads, linked, stored.hidden)
    return _with_stored_records(app, registrations, found)


def _with_stored_records(app: AppContext, registrations: pd.DataFrame, found: KeyedRecords) -> KeyedRecords:
    """Add the stored records of people whose address leads to no record, under the key of the registration."""
    at_address = pd.concat([found.contacts["email_key"], found.leads["email_key"]])
    columns = registrations.columns.intersection(STORED_BY)
    people = registrations.loc[~isin(registrations["email_key"], at_address), columns]
    if people.empty:
        return found
    fields = {sobject: person_fields(sobject, app.mapping, app.schemas[sobject]) for sobject in PEOPLE.values()}
    followed = follow_records(app, people, fields)
    return replace(
        found,
        contacts=pd.concat([found.contacts, _with_long_ids(followed.contacts)], ignore_index=True),
        leads=pd.concat([found.leads, _with_long_ids(followed.leads)], ignore_index=True),
        deleted=followed.deleted,
        hidden=followed.hidden,
        followed=frozenset([*followed.contacts["email_key"], *followed.leads["email_key"]]),
    )


def _read_dependents(
    app: AppContext, facts: pd.DataFrame, registrations: pd.DataFrame, found: KeyedRecords
) -> CurrentState:
    """Second round: Contacts of converted Leads, statuses, members and Accounts."""
    mapping, schemas, queries = app.mapping, app.schemas, QueryBatch(app.salesforce)
    converted_ids = found.leads["ConvertedContactId"].dropna()
    contact_fields = person_fields(SObject.CONTACT, mapping, schemas[SObject.CONTACT])
    queries.add_in("converted", SObject.CONTACT, contact_fields, "Id", converted_ids)
    written = facts["session_id"].isin(registrations["session_id"]) | unknown_campaigns(facts, found.campaigns)
    campaign_ids = _campaign_ids(facts[written], found.campaigns)
    queries.add_in("statuses", SObject.CAMPAIGN_MEMBER_STATUS, STATUS_FIELDS, "CampaignId", campaign_ids)
    fields = member_fields(mapping, schemas[SObject.CAMPAIGN_MEMBER])
    people = {"ContactId": [*found.contacts["Id"], *converted_ids], "LeadId": list(found.leads["Id"])}
    for column, record_ids in people.items():
        where = [soql.in_list(column, record_ids), soql.in_list("CampaignId", campaign_ids)]
        queries.add("members", Query(SObject.CAMPAIGN_MEMBER, fields, where))
    add_account_queries(queries, registrations, {*found.contacts["email_key"], *found.leads["email_key"]}, mapping)
    queries.run()
    return CurrentState(
        campaigns=found.campaigns,
        statuses=queries.frame("statuses"),
        contacts=found.contacts,
        leads=found.leads,
        converted=_keyed(queries.frame("converted")),
        members=queries.frame("members"),
        accounts=queries.frame("accounts"),
        linked=found.linked,
        hidden_campaigns=found.hidden_campaigns,
        deleted=found.deleted,
        hidden=found.hidden,
        followed=found.followed,
    )


def add_account_queries(
    queries: QueryBatch, registrations: pd.DataFrame, known_keys: set[str], mapping: Mapping
) -> None:
    """Query Accounts by exact name, and those whose Website contains a company's domain."""
    queries.expect("accounts", ACCOUNT_FIELDS)
    terms = account_search_terms(registrations, known_keys, mapping)
    if terms is not None:
        names, domains = terms
        queries.add_in("accounts", "Account", ACCOUNT_FIELDS, "Name", names)
        queries.add("accounts", Query("Account", ACCOUNT_FIELDS, [soql.containing("Website", spellings(domains))]))


def campaign_fields(mapping: Mapping, schema: ObjectSchema) -> list[str]:
    """Fields to read of Campaigns."""
    return _present(["Id", mapping.campaign.external_id, *SYSTEM_FIELDS], ruled_fields(mapping), schema)


def person_fields(sobject: str, mapping: Mapping, schema: ObjectSchema) -> list[str]:
    """Fields to read of Leads or Contacts."""
    own = ["IsConverted", "ConvertedContactId"] if sobject == SObject.LEAD else []
    return _present(["Id", "Email", *SYSTEM_FIELDS, *own], mapping.fields_of(sobject), schema)


def member_fields(mapping: Mapping, schema: ObjectSchema) -> list[str]:
    """Fields to read of Campaign Members."""
    replay = [mapping.replay.field] if mapping.replay else []
    own = ["Id", "CampaignId", "LeadId", "ContactId", "Status", *SYSTEM_FIELDS]
    return _present(own, [*replay, *mapping.campaign_member], schema)


def _present(always: list[str], mapped: Iterable[str], schema: ObjectSchema) -> list[str]:
    """The fields that are always read, and the mapped ones that the org has, each once."""
    return list(dict.fromkeys([*always, *(name for name in mapped if schema.has(name))]))


def _keyed(records: pd.DataFrame) -> pd.DataFrame:
    return _with_long_ids(records.assign(email_key=normalize.key(records["Email"])))


def _with_long_ids(records: pd.DataFrame) -> pd.DataFrame:
    if "ConvertedContactId" not in records:
        return records
    return records.assign(ConvertedContactId=normalize.long_id(records["ConvertedContactId"]))


def _campaign_ids(facts: pd.DataFrame, campaigns: pd.DataFrame) -> list[str]:
    own = campaigns.loc[campaigns["session_id"].isin(facts["session_id"]), "Id"]
    linked = facts.loc[facts["linked"], "campaign_ref"]
    return list(dict.fromkeys([*own, *linked]))
