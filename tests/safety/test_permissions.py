"""The rights that docs/permissions.md names are enough, and none of them is too many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.livestorm_salesforce.errors import ConfigError
from tests.chaos.airflow_like import QuickWorld
from tests.safety import situations, world
from tests.safety.conftest import make_webinar

OBJECTS = {"Campaign": "read create edit", "Lead": "read create edit", "Contact": "read create edit"}
FIELDS = {
    "Campaign": [
        *("Livestorm_Session_Id__c", "Type", "Status", "IsActive", "StartDate", "EndDate", "Description", "ParentId"),
    ],
    "CampaignMember": ["Livestorm_Replay_Status__c", "Status", "LeadId", "ContactId", "CampaignId"],
    "Lead": ["FirstName", "LastName", "Email", "Company", "Title", "City", "Country", "Phone", "Website"],
    "Contact": ["FirstName", "LastName", "Email", "Title", "Phone", "MailingCity", "MailingCountry"],
}  # fmt: skip


def rights(**changes: Any) -> dict[str, Any]:
    fields = {name: dict.fromkeys(names, "edit") for name, names in FIELDS.items()}
    return {"objects": OBJECTS, "fields": fields, "marketing_user": True, "view_all": [*OBJECTS], **changes}


def outcome(directory: Path, user: dict[str, Any], scope: str = "events:read") -> dict[str, Any]:
    seed = {
        "extends": "empty",
        "livestorm": {"settings": {"interval_limit": 0}},
        "salesforce": {"org": {"user": user}},
    }
    with world.world(directory, seed, kind=QuickWorld) as made:
        situations.connection("LIVESTORM", password=made.livestorm.add_token(scope))
        webinar = make_webinar(made)
        contact = {"LastName": "Adason", "Email": "ada@acme.example", "Title": "Intern"}
        made.org.insert("Contact", [contact])
        for name in ("ada", "bob"):
            webinar.register(name)
        told = made.run()
        return told | {"leads": len(made.org.rows("Lead")), "members": len(made.org.rows("CampaignMember"))}


def test_these_rights_and_this_scope_are_enough(tmp_path: Path) -> None:
    told = outcome(tmp_path, rights())
    assert told["verdict"] == "ok", told
    assert (told["leads"], told["members"]) == (1, 2)
    assert [problem for problem in told["problems"] if problem["severity"] != "note"] == []


@pytest.mark.parametrize(
    ("lacking", "names"),
    [
        ({"marketing_user": False}, "Marketing User"),
        ({"objects": {**OBJECTS, "Lead": "read edit"}}, "Lead"),
        ({"objects": {**OBJECTS, "Contact": "read create"}}, "Contact"),
        ({"objects": {**OBJECTS, "Campaign": "read"}}, "Campaign"),
        ({"api_enabled": False}, "login"),
    ],
    ids=["marketing user", "creating leads", "editing contacts", "writing campaigns", "api"],
)
def test_without_one_of_them_it_stops_before_it_writes(tmp_path: Path, lacking: dict[str, Any], names: str) -> None:
    told = outcome(tmp_path, rights(**lacking))
    assert isinstance(told["error"], ConfigError), told
    assert names in str(told["error"])
    assert (told["leads"], told["members"]) == (0, 0)


def test_a_token_without_the_scope_stops_it(tmp_path: Path) -> None:
    told = outcome(tmp_path, rights(), scope="identity:read")
    assert "scope" in str(told["error"])


@pytest.mark.parametrize(
    ("sobject", "field", "code"),
    [
        ("CampaignMember", "Livestorm_Replay_Status__c", "REPLAY_FIELD_READ_ONLY"),
        ("Campaign", "Type", "CAMPAIGN_FIELD_CLOSED"),
    ],
)
def test_a_field_that_may_only_be_read_is_left_out_and_told(
    tmp_path: Path, sobject: str, field: str, code: str
) -> None:
    user = rights()
    user["fields"][sobject][field] = "read"
    told = outcome(tmp_path, user)
    assert told["members"] == 2
    (problem,) = [problem for problem in told["problems"] if problem["code"] == code]
    assert field in problem["public"] and "edit access" in problem["remedy"]
