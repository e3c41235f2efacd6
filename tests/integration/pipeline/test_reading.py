"""SOQL statements of the current state stay within Salesforce's limits for any number of sessions and people."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.readers import salesforce
from tests.unit.domain import given

STATEMENT_LIMIT = 100_000  # characters of a statement (App Limits Cheat Sheet)


def test_members_of_thousands_of_sessions_are_queried_in_several_statements() -> None:
    asked: list[str] = []

    def execute(queries, on_records):
        asked.extend(str(chunk) for query in queries for chunk in query.chunks())
        for number in range(len(queries)):
            on_records(number, [])

    app = SimpleNamespace(mapping=Mapping(), schemas=given.schemas({}), salesforce=SimpleNamespace(execute=execute))
    ids = [f"701000000{number:06d}AAA" for number in range(5_000)]
    facts = pd.DataFrame({"session_id": ids, "campaign_ref": ids, "campaign_id": ids, "linked": True})
    facts = facts.assign(known_status="past", campaign_created=None)
    people = pd.DataFrame({"Id": [f"003000000{number:06d}AAA" for number in range(3_000)], "email_key": None})
    leads = people.head(0).assign(ConvertedContactId=pd.Series(dtype="str"))
    none = pd.DataFrame({"session_id": [], "Id": [], "CreatedDate": []}, dtype="str")
    registrations = pd.DataFrame({"session_id": ids, "email_key": "a@acme.example"})
    found = salesforce.KeyedRecords(none, people, leads, none)
    salesforce._read_dependents(app, facts, registrations, found)
    members = [soql for soql in asked if " FROM CampaignMember WHERE ContactId IN" in soql]
    assert max(map(len, members)) <= STATEMENT_LIMIT
    for wanted in (ids, people["Id"]):
        assert all(any(one in soql for soql in members) for one in wanted)


def account_statements(keys: list[str], **people: object) -> list[str]:
    """The statements on Account for registrants with these addresses, none of which has a record."""
    asked: list[str] = []

    def execute(queries, on_records):
        asked.extend(str(chunk) for query in queries for chunk in query.chunks())
        for number in range(len(queries)):
            on_records(number, [])

    mapping = Mapping.model_validate({"people": {"create": "contact", "account": "match", **people}})
    queries = salesforce.QueryBatch(SimpleNamespace(execute=execute))
    new = pd.DataFrame({"email_key": keys, "form.company": None}, dtype="str")
    salesforce.add_account_queries(queries, new, set(), mapping)
    queries.run()
    return asked


def test_accounts_of_thousands_of_domains_are_queried_in_several_statements() -> None:
    domains = [f"company-{number}.example" for number in range(2_000)]
    asked = account_statements([f"a@{domain}" for domain in domains])
    assert max(map(len, asked)) <= STATEMENT_LIMIT
    assert all(sum(f"'%{domain}%'" in soql for soql in asked) == 1 for domain in domains[::97])


def test_accounts_are_not_queried_by_domains_of_mail_providers() -> None:
    private = ["a@gmail.com", "b@gmx.net", "c@hotmail.co.uk", "d@orange.fr", "e@mail.example", "f@com", "g@"]
    assert account_statements(private, public_domains=["mail.example"]) == []
    [asked] = account_statements([*private, "h@acme.example"], public_domains=["mail.example"])
    assert asked.endswith(" WHERE (Website LIKE '%acme.example%')")
