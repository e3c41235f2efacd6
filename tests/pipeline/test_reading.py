"""Statements stay within Salesforce's limits however many sessions and people a run has."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from include.livestorm_salesforce.clients.soql import STATEMENT_LIMIT
from include.livestorm_salesforce.config import Mapping
from include.livestorm_salesforce.pipeline import reading
from tests.core import given


def test_a_backfill_of_thousands_of_sessions_asks_for_its_members_in_several_statements() -> None:
    asked: list[str] = []

    def execute(queries):
        asked.extend(query.soql for query in queries)
        return [[] for _ in queries]

    run = SimpleNamespace(mapping=Mapping(), schemas=given.schemas({}), salesforce=SimpleNamespace(execute=execute))
    ids = [f"701000000{number:06d}AAA" for number in range(5_000)]
    facts = pd.DataFrame({"session_id": ids, "campaign": ids, "campaign_id": ids, "linked": True})
    people = pd.DataFrame({"Id": [f"003000000{number:06d}AAA" for number in range(3_000)], "key": None})
    leads = people.head(0).assign(ConvertedContactId=pd.Series(dtype="str"))
    none = pd.DataFrame({"session_id": [], "Id": []}, dtype="str")
    registrations = pd.DataFrame({"session_id": ids, "key": "a@acme.example"})
    reading._second_round(run, facts, registrations, none, people, leads, none)
    members = [soql for soql in asked if " FROM CampaignMember WHERE ContactId IN" in soql]
    assert max(map(len, members)) <= STATEMENT_LIMIT
    for wanted in (ids, people["Id"]):
        assert all(any(one in soql for soql in members) for one in wanted)
