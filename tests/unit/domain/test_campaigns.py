"""The Campaign of a session if several have its id: always the same one, independent of the order of the records."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.plan.campaign_facts import campaigns_of_sessions

OLD, YOUNG = "2020-01-01T00:00:00.000+0000", "2026-01-01T00:00:00.000+0000"
RECORDS = [
    {"Id": "701000000000001AAA", "Session__c": "s1", "CreatedDate": YOUNG},
    {"Id": "701000000000003AAA", "Session__c": "S1", "CreatedDate": OLD},
    {"Id": "701000000000002AAA", "Session__c": "s1", "CreatedDate": OLD},
    {"Id": "701000000000004AAA", "Session__c": "s2", "CreatedDate": YOUNG},
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]])
def test_the_oldest_campaign_then_the_smallest_id_is_used(order: list[int]) -> None:
    found = campaigns_of_sessions(
        pd.DataFrame([RECORDS[place] for place in order]), pd.Series(["s1", "s2"]), "Session__c"
    )
    assert dict(zip(found["session_id"], found["Id"], strict=True)) == {
        "s1": "701000000000002AAA",
        "s2": "701000000000004AAA",
    }


def test_session_ids_are_compared_without_case() -> None:
    found = campaigns_of_sessions(pd.DataFrame([RECORDS[1]]), pd.Series(["s1"]), "Session__c")
    assert found["session_id"].tolist() == ["s1"]


def test_no_campaign_at_all() -> None:
    none = pd.DataFrame(columns=["Id", "Session__c", "CreatedDate"], dtype="object")
    assert campaigns_of_sessions(none, pd.Series(["s1"]), "Session__c").empty
