"""The records of Campaigns and people after a load, and the members that refer to them."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.record_links import (
    linked_campaigns,
    linked_people,
    parent_fields,
    with_record_ids,
)

CHANGES = pd.DataFrame(
    {
        "change_id": [1, 2, 3],
        "action": "create",
        "object": ["Campaign", "Lead", "Lead"],
        "source_key": ["s1", "ada@acme.example", "bob@acme.example"],
        "record_id": None,
    }
).astype({"record_id": "str"})
PEOPLE = pd.DataFrame(
    {
        "email_key": ["ada@acme.example", "bob@acme.example", "cy@acme.example"],
        "object": ["Lead", "Lead", "Contact"],
        "record_id": [None, None, "003000000000001AAA"],
    }
).astype("str")
CAMPAIGNS = pd.DataFrame(
    {
        "campaign_ref": ["s1", "s2"],
        "session_id": ["s1", "s2"],
        "campaign_id": [None, "701000000000002AAA"],
        "campaign_created": None,
        "linked": False,
    }
).astype({"campaign_id": "str"})
RESULTS = pd.DataFrame(
    {
        "change_id": [1, 2, 3],
        "outcome": ["done", "done", "refused"],
        "record_id": ["701000000000001AAA", "00Q000000000001AAA", None],
    }
).astype({"outcome": "str", "record_id": "str"})


def plan() -> Plan:
    empty = pd.DataFrame()
    return Plan(CHANGES, empty, PEOPLE, CAMPAIGNS, empty, empty)


def test_created_campaigns_get_their_id() -> None:
    links = linked_campaigns(plan(), RESULTS)
    assert links["campaign_id"].tolist() == ["701000000000001AAA", "701000000000002AAA"]


def test_created_people_get_their_id_and_refused_ones_have_none() -> None:
    links = linked_people(plan(), RESULTS)
    assert links["record_id"].iloc[[0, 2]].tolist() == ["00Q000000000001AAA", "003000000000001AAA"]
    assert links["record_id"].isna().tolist() == [False, True, False]


def test_members_refer_to_the_records_that_the_loads_stored() -> None:
    members = pd.DataFrame(
        {"change_id": [7, 8], "campaign_ref": ["s1", "s2"], "source_key": ["ada@acme.example", "cy@acme.example"]}
    )
    rows = with_record_ids(members, linked_campaigns(plan(), RESULTS), PEOPLE, linked_people(plan(), RESULTS))
    assert parent_fields(rows) == {
        7: {"CampaignId": "701000000000001AAA", "LeadId": "00Q000000000001AAA"},
        8: {"CampaignId": "701000000000002AAA", "ContactId": "003000000000001AAA"},
    }
