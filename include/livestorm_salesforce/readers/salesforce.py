"""Read what Salesforce holds for the keys at hand, in as few calls as the rows allow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.accounts import company_domains
from livestorm_salesforce.domain.plan.campaign_facts import campaigns_of_sessions
from livestorm_salesforce.domain.plan.campaigns import ruled_fields
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.runs.task_run import TaskRun

STATUS_FIELDS = ["Id", "CampaignId", "Label", "IsDefault", "HasResponded", "SortOrder"]
ACCOUNT_FIELDS = ["Id", "Name", "Website"]


def read_current(run: TaskRun, facts: pd.DataFrame, registrations: pd.DataFrame) -> CurrentState:
    """Current state of the Campaigns of `facts` and of the people and members of `registrations`.

    Two rounds, because members are asked for by the records that the first round finds: Campaigns, Contacts and Leads
    together; then members, statuses, converted Leads' Contacts, Accounts.
    """
    mapping, schemas = run.app.mapping, run.app.schemas
    keys = registrations["email_key"].drop_duplicates().tolist()
    first = _Reader(run)
    first.ask_in(
        "campaigns",
        "Campaign",
        campaign_fields(mapping, schemas["Campaign"]),
        mapping.campaign.external_id,
        facts.loc[~facts["linked"], "session_id"],
    )
    first.ask_in("contacts", "Contact", person_fields("Contact", mapping, schemas["Contact"]), "Email", keys)
    first.ask_in("leads", "Lead", person_fields("Lead", mapping, schemas["Lead"]), "Email", keys)
    first.ask_in("linked", "Campaign", ["Id"], "Id", facts.loc[facts["linked"], "campaign_ref"])
    first.run()
    campaigns = campaigns_of_sessions(first.frame("campaigns"), facts["session_id"], mapping.campaign.external_id)
    contacts, leads = (_keyed(first.frame(name)) for name in ("contacts", "leads"))
    leads["ConvertedContactId"] = normalize.long_id(leads["ConvertedContactId"])
    return _second_round(run, facts, registrations, campaigns, contacts, leads, first.frame("linked"))


def _second_round(
    run: TaskRun,
    facts: pd.DataFrame,
    registrations: pd.DataFrame,
    campaigns: pd.DataFrame,
    contacts: pd.DataFrame,
    leads: pd.DataFrame,
    linked: pd.DataFrame,
) -> CurrentState:
    mapping, schemas = run.app.mapping, run.app.schemas
    second = _Reader(run)
    through = leads["ConvertedContactId"].dropna()
    second.ask_in("converted", "Contact", person_fields("Contact", mapping, schemas["Contact"]), "Id", through)
    touched = facts[facts["session_id"].isin(registrations["session_id"]) | _unseen(facts, campaigns)]
    ids = _campaign_ids(touched, campaigns)
    second.ask_in("statuses", "CampaignMemberStatus", STATUS_FIELDS, "CampaignId", ids)
    fields = member_fields(mapping, schemas["CampaignMember"])
    people = {"ContactId": [*contacts["Id"], *through], "LeadId": list(leads["Id"])}
    for column, records in people.items():
        where = [soql.in_list(column, records), soql.in_list("CampaignId", ids)]
        second.ask("members", Query("CampaignMember", fields, where))
    _ask_accounts(second, registrations, contacts, leads, mapping)
    second.run()
    members, accounts = second.frame("members"), second.frame("accounts")
    converted = second.frame("converted")
    converted["email_key"] = normalize.key(converted["Email"])
    return CurrentState(campaigns, second.frame("statuses"), contacts, leads, converted, members, accounts, linked)


def _unseen(facts: pd.DataFrame, campaigns: pd.DataFrame) -> pd.Series:
    """Sessions whose Campaign no successful run has seen, by memory, and that has one all the same. It may lack its
    statuses: the run that made it, or made it anew, may have been cut short."""
    held = campaigns.set_index("session_id").reindex(facts["session_id"]).set_index(facts.index)
    other = facts["known_status"].isna() | (facts["campaign_id"] != held["Id"])
    created_before = facts["campaign_created"]
    return held["Id"].notna() & (other | (created_before.notna() & (created_before != held["CreatedDate"])))


def _ask_accounts(
    reader: _Reader, registrations: pd.DataFrame, contacts: pd.DataFrame, leads: pd.DataFrame, mapping: Mapping
) -> None:
    """Accounts by exact name, and all whose web address holds a company's domain, with whatever path: of several that
    fit none is chosen, so all that may fit are read (Q13)."""
    reader.expect("accounts", ACCOUNT_FIELDS)
    if mapping.people.create != "contact" or mapping.people.account != "match":
        return
    known = {*contacts["email_key"], *leads["email_key"]}
    new = registrations[~registrations["email_key"].isin(known)]
    reader.ask_in("accounts", "Account", ACCOUNT_FIELDS, "Name", new["form.company"])
    domains = company_domains(new["email_key"], mapping)
    reader.ask("accounts", Query("Account", ACCOUNT_FIELDS, [soql.containing("Website", domains)]))


class _Reader:
    """Gathers queries under names, sends them together, gives back a frame per name.

    Each statement's records become a frame as they come: as dictionaries they would take twice the room.
    """

    def __init__(self, run: TaskRun) -> None:
        self._client = run.app.salesforce
        self._columns: dict[str, list[str]] = {}
        self._queries: list[tuple[str, Query]] = []
        self._frames: dict[str, list[pd.DataFrame]] = {}

    def expect(self, name: str, fields: list[str]) -> None:
        self._columns[name] = fields

    def ask(self, name: str, query: Query) -> None:
        self.expect(name, list(query.fields))
        self._queries.append((name, query))

    def ask_in(self, name: str, sobject: str, fields: list[str], column: str, values: Iterable[str]) -> None:
        self.ask(name, Query(sobject, fields, [soql.in_list(column, values)]))

    def run(self) -> None:
        self._client.execute([query for _, query in self._queries], on_records=self._take)

    def _take(self, number: int, records: list[dict[str, Any]]) -> None:
        name = self._queries[number][0]
        self._frames.setdefault(name, []).append(self._framed(name, records))

    def _framed(self, name: str, records: list[dict[str, Any]]) -> pd.DataFrame:
        return pd.DataFrame(records, columns=self._columns[name], dtype="object")

    def frame(self, name: str) -> pd.DataFrame:
        """One column per field asked for, whatever came, each record once; record ids with 18 characters."""
        rows = pd.concat(self._frames.pop(name, []) or [self._framed(name, [])], ignore_index=True)
        for column in ("Id", "CampaignId", "LeadId", "ContactId"):
            if column in rows:
                rows[column] = normalize.long_id(rows[column])
        return rows.drop_duplicates("Id", ignore_index=True)


def campaign_fields(mapping: Mapping, schema: ObjectSchema) -> list[str]:
    return _present(["Id", mapping.campaign.external_id, "CreatedDate", *ruled_fields(mapping)], schema, always=3)


def person_fields(sobject: str, mapping: Mapping, schema: ObjectSchema) -> list[str]:
    own = ["IsConverted", "ConvertedContactId"] if sobject == "Lead" else []
    return _present(["Id", "Email", "CreatedDate", *own, *mapping.fields_of(sobject)], schema, always=3 + len(own))


def member_fields(mapping: Mapping, schema: ObjectSchema) -> list[str]:
    replay = [mapping.replay.field] if mapping.replay else []
    return _present(
        ["Id", "CampaignId", "LeadId", "ContactId", "Status", *replay, *mapping.campaign_member], schema, always=5
    )


def _present(names: list[str], schema: ObjectSchema, always: int) -> list[str]:
    """Without repetition, and beyond the first `always` only what the org has."""
    unique = list(dict.fromkeys(names))
    return [name for position, name in enumerate(unique) if position < always or schema.has(name)]


def _keyed(records: pd.DataFrame) -> pd.DataFrame:
    return records.assign(email_key=normalize.key(records["Email"]))


def _campaign_ids(facts: pd.DataFrame, campaigns: pd.DataFrame) -> list[str]:
    own = campaigns.loc[campaigns["session_id"].isin(facts["session_id"]), "Id"]
    linked = facts.loc[facts["linked"], "campaign_ref"]
    return list(dict.fromkeys([*own, *linked]))
