"""Reads the current state of Campaigns, people and members from Salesforce, in as few calls as possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, SalesforceClient, soql
from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.accounts import account_search_terms
from livestorm_salesforce.domain.plan.campaign_facts import campaigns_of_sessions
from livestorm_salesforce.domain.plan.campaigns import ruled_fields
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.plan.state_trust import unknown_campaigns
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.runs.context import AppContext

STATUS_FIELDS = ["Id", "CampaignId", "Label", "IsDefault", "HasResponded", "SortOrder"]
ACCOUNT_FIELDS = ["Id", "Name", "Website"]
ID_FIELDS = ("Id", "CampaignId", "LeadId", "ContactId")


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
    """Records that the first round finds by session id or e-mail address; columns as in `CurrentState`."""

    campaigns: pd.DataFrame
    contacts: pd.DataFrame
    leads: pd.DataFrame
    linked: pd.DataFrame


def _read_keyed(app: AppContext, facts: pd.DataFrame, registrations: pd.DataFrame) -> KeyedRecords:
    mapping, schemas, queries = app.mapping, app.schemas, QueryBatch(app.salesforce)
    keys = registrations["email_key"].drop_duplicates().tolist()
    own, external_id = facts.loc[~facts["linked"], "session_id"], mapping.campaign.external_id
    queries.add_in("campaigns", SObject.CAMPAIGN, campaign_fields(mapping, schemas[SObject.CAMPAIGN]), external_id, own)
    for name, sobject in (("contacts", SObject.CONTACT), ("leads", SObject.LEAD)):
        queries.add_in(name, sobject, person_fields(sobject, mapping, schemas[sobject]), "Email", keys)
    queries.add_in("linked", SObject.CAMPAIGN, ["Id"], "Id", facts.loc[facts["linked"], "campaign_ref"])
    queries.run()
    campaigns = campaigns_of_sessions(queries.frame("campaigns"), facts["session_id"], external_id)
    leads = _keyed(queries.frame("leads"))
    leads["ConvertedContactId"] = normalize.long_id(leads["ConvertedContactId"])
    return KeyedRecords(campaigns, _keyed(queries.frame("contacts")), leads, queries.frame("linked"))


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
        queries.add("accounts", Query("Account", ACCOUNT_FIELDS, [soql.containing("Website", domains)]))


class QueryBatch:
    """Queries that are sent together; results are frames by name.

    Records become frames as they arrive: as dictionaries they would take twice the memory.
    """

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._columns: dict[str, list[str]] = {}
        self._queries: list[tuple[str, Query]] = []
        self._frames: dict[str, list[pd.DataFrame]] = {}

    def expect(self, name: str, fields: list[str]) -> None:
        """Set the columns of a frame that may have no query."""
        self._columns[name] = fields

    def add(self, name: str, query: Query) -> None:
        """Add a query; several queries of one name share a frame."""
        self.expect(name, list(query.fields))
        self._queries.append((name, query))

    def add_in(self, name: str, sobject: str, fields: list[str], column: str, values: Iterable[str]) -> None:
        """Add a query with `column IN values`; without values it is not sent."""
        self.add(name, Query(sobject, fields, [soql.in_list(column, values)]))

    def run(self) -> None:
        """Send all queries."""
        self._client.execute([query for _, query in self._queries], on_records=self._append)

    def _append(self, number: int, records: list[dict[str, Any]]) -> None:
        name = self._queries[number][0]
        self._frames.setdefault(name, []).append(self._frame(name, records))

    def _frame(self, name: str, records: list[dict[str, Any]]) -> pd.DataFrame:
        return pd.DataFrame(records, columns=self._columns[name], dtype="object")

    def frame(self, name: str) -> pd.DataFrame:
        """The records of a name, each once, with all requested columns; record ids have 18 characters."""
        rows = pd.concat(self._frames.pop(name, []) or [self._frame(name, [])], ignore_index=True)
        for column in ID_FIELDS:
            if column in rows:
                rows[column] = normalize.long_id(rows[column])
        return rows.drop_duplicates("Id", ignore_index=True)


def campaign_fields(mapping: Mapping, schema: ObjectSchema) -> list[str]:
    """Fields to read of Campaigns."""
    return _present(["Id", mapping.campaign.external_id, "CreatedDate"], ruled_fields(mapping), schema)


def person_fields(sobject: str, mapping: Mapping, schema: ObjectSchema) -> list[str]:
    """Fields to read of Leads or Contacts."""
    own = ["IsConverted", "ConvertedContactId"] if sobject == SObject.LEAD else []
    return _present(["Id", "Email", "CreatedDate", *own], mapping.fields_of(sobject), schema)


def member_fields(mapping: Mapping, schema: ObjectSchema) -> list[str]:
    """Fields to read of Campaign Members."""
    replay = [mapping.replay.field] if mapping.replay else []
    return _present(["Id", "CampaignId", "LeadId", "ContactId", "Status"], [*replay, *mapping.campaign_member], schema)


def _present(always: list[str], mapped: Iterable[str], schema: ObjectSchema) -> list[str]:
    """The fields that are always read, and the mapped ones that the org has, each once."""
    return list(dict.fromkeys([*always, *(name for name in mapped if schema.has(name))]))


def _keyed(records: pd.DataFrame) -> pd.DataFrame:
    return records.assign(email_key=normalize.key(records["Email"]))


def _campaign_ids(facts: pd.DataFrame, campaigns: pd.DataFrame) -> list[str]:
    own = campaigns.loc[campaigns["session_id"].isin(facts["session_id"]), "Id"]
    linked = facts.loc[facts["linked"], "campaign_ref"]
    return list(dict.fromkeys([*own, *linked]))
