"""Which stored states are trusted, which Campaigns were replaced, and how members are divided into batches."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.plan.batches import member_batches
from livestorm_salesforce.domain.plan.state_trust import replaced_campaigns, trusted_sessions, unknown_campaigns

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
MONDAY, TUESDAY = "2026-11-23T00:00:00.000+0000", "2026-11-24T00:00:00.000+0000"


def facts(**columns: object) -> pd.DataFrame:
    stored = {"session_id": "s1", "campaign_id": "701A", "campaign_created": MONDAY, "known_status": "past"}
    return pd.DataFrame([stored | columns]).astype("str")


@pytest.mark.parametrize(
    ("verified_at", "full_read", "expected"),
    [
        ("2026-11-22T10:00:01Z", False, ["s1"]),
        ("2026-11-22T10:00:00Z", False, []),
        (None, False, []),
        ("2026-11-23T09:00:00Z", True, []),
    ],
    ids=["within 24 hours", "after 24 hours", "never compared", "a full read was requested"],
)
def test_a_session_is_trusted_for_some_hours_after_its_comparison(
    verified_at: str | None, full_read: bool, expected: list[str]
) -> None:
    sessions = pd.DataFrame({"session_id": ["s1"], "verified_at": pd.to_datetime([verified_at], utc=True)})
    assert trusted_sessions(sessions, NOW, 24, full_read=full_read) == expected


@pytest.mark.parametrize(
    ("stored", "campaign_id", "created", "expected"),
    [
        ({}, "701A", MONDAY, set()),
        ({}, None, None, {"s1"}),
        ({}, "701B", MONDAY, {"s1"}),
        ({}, "701A", TUESDAY, {"s1"}),
        ({"campaign_created": None}, "701A", TUESDAY, set()),
        ({}, "701A", None, set()),
        ({"campaign_id": None, "campaign_created": None}, "701A", MONDAY, set()),
    ],
    ids=["the same", "deleted", "another Id", "the same Id in a new org", "no stored date", "linked", "first run"],
)
def test_a_campaign_is_replaced_if_its_id_or_creation_date_differs(
    stored: dict[str, object], campaign_id: str | None, created: str | None, expected: set[str]
) -> None:
    campaigns = pd.DataFrame({"session_id": ["s1"], "campaign_id": [campaign_id], "campaign_created": [created]})
    assert replaced_campaigns(facts(**stored), campaigns.astype("str")) == expected


@pytest.mark.parametrize(
    ("stored", "read", "expected"),
    [
        ({}, [("s1", "701A", MONDAY)], False),
        ({"known_status": None}, [("s1", "701A", MONDAY)], True),
        ({"campaign_id": None}, [("s1", "701A", MONDAY)], True),
        ({}, [("s1", "701A", TUESDAY)], True),
        ({"campaign_id": None}, [], False),
    ],
    ids=["stored", "new session", "Campaign not stored", "recreated", "no Campaign"],
)
def test_a_campaign_is_unknown_unless_a_run_stored_it(
    stored: dict[str, object], read: list[tuple[str, str, str]], expected: bool
) -> None:
    campaigns = pd.DataFrame(read, columns=["session_id", "Id", "CreatedDate"], dtype="str")
    assert unknown_campaigns(facts(**stored), campaigns).tolist() == [expected]


def test_batches_have_about_the_given_size_and_whole_campaigns() -> None:
    refs = ["a"] * 3 + ["b"] * 2 + ["c"] * 4 + ["d"]
    changes = pd.DataFrame({"object": "CampaignMember", "campaign_ref": refs}, dtype="str")
    assert member_batches(changes, 5) == [["a", "b"], ["c", "d"]]
    assert member_batches(changes, 100) == [["a", "b", "c", "d"]]
    assert member_batches(changes, 1) == [["a"], ["b"], ["c"], ["d"]]


def test_changes_of_other_objects_make_no_batch() -> None:
    changes = pd.DataFrame({"object": ["Lead", "Campaign"], "campaign_ref": [None, "a"]}, dtype="str")
    assert member_batches(changes, 5) == []
