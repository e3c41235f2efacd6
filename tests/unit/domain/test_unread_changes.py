"""Which changes of a killed load a later run must still look for."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import pytest

from livestorm_salesforce.domain.plan.campaigns import HIDDEN
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.unread_changes import unread_changes
from livestorm_salesforce.enums import SObject

CHANGES = pd.DataFrame(
    [
        (1, "Campaign", "s1", "s1"),
        (2, "CampaignMemberStatus", "Attended", "s1"),
        (3, "Lead", "ada", None),
        (4, "CampaignMember", "ada", "s1"),
        (5, "CampaignMember", "ada", "s2"),
    ],
    columns=["change_id", "object", "source_key", "campaign_ref"],
).astype({"object": "str", "source_key": "str", "campaign_ref": "str"})
EMPTY = pd.DataFrame()
ALL = [("s1", "ada", True), ("s2", "ada", True)]


def unread(
    people: list[tuple],
    campaigns: list[tuple],
    registrations: list[tuple],
    hides: Collection[str] = (),
    refused: str = "",
) -> list[int]:
    fresh = Plan(
        CHANGES, EMPTY,
        pd.DataFrame(people, columns=["email_key", "record_id", "matched_as"], dtype="str").assign(person="ada"),
        pd.DataFrame(campaigns, columns=["campaign_ref", "campaign_id"], dtype="str"),
        pd.DataFrame({"campaign_ref": [refused], "message": [HIDDEN]}, dtype="str"), EMPTY,
    )  # fmt: skip
    rows = pd.DataFrame(registrations, columns=["campaign_ref", "email_key", "member_changed"])
    rows = rows.astype({"campaign_ref": "str", "email_key": "str"})

    def may_hide(objects: Collection[SObject]) -> list[SObject]:
        return [one for one in objects if one in hides]

    return list(unread_changes(CHANGES, fresh, rows, may_hide))


ADA, BOTH = [("ada", "00Q1", "lead")], [("s1", "7011"), ("s2", "7012")]


def test_everything_that_was_found_is_recovered() -> None:
    assert unread(ADA, BOTH, ALL) == []


@pytest.mark.parametrize(
    ("people", "campaigns", "registrations", "ids"),
    [
        ([], BOTH, ALL, [3, 4, 5]),
        (ADA, BOTH[:1], ALL, [5]),
        (ADA, BOTH, ALL[:1], [5]),
        (ADA, BOTH, [("s1", "ada", True), ("s2", "ada", False)], [5]),
        ([("ada", None, "hidden")], BOTH, ALL, [3, 4, 5]),
    ],
    ids=["person", "Campaign", "member", "unchanged member", "hidden person"],
)
def test_what_the_reading_lacks_waits(people: list[tuple], campaigns: list, registrations: list, ids: list) -> None:
    assert unread(people, campaigns, registrations) == ids


def test_a_run_that_read_no_registrations_recovers_no_member() -> None:
    assert unread(ADA, BOTH, []) == [4, 5]


def test_a_hidden_campaign_waits_with_its_members() -> None:
    assert unread(ADA, BOTH, ALL, refused="s1") == [1, 2, 4]


@pytest.mark.parametrize(("hides", "ids"), [((), []), (["Lead"], [3, 4, 5]), (["Campaign"], [1, 2, 4])])
def test_what_was_not_found_waits_if_it_may_be_hidden(hides: list[str], ids: list[int]) -> None:
    assert unread([("ada", None, "created")], [("s1", None), BOTH[1]], ALL, hides) == ids


def test_a_deleted_person_is_not_waited_for() -> None:
    assert unread([("ada", None, "deleted")], BOTH, ALL, ["Lead", "Contact"]) == []


def test_a_member_is_read_under_each_address_of_its_person() -> None:
    people = [*ADA, ("ada old", "00Q1", "lead")]
    assert unread(people, BOTH, [("s1", "ada old", True), ("s2", "ada", True)]) == []
