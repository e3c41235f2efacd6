"""Permissions: Marketing User, object permissions, field-level security and private contacts."""

from collections.abc import Callable
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.org.rights import Rights
from tests.sandbox.salesforce.conftest import Api

MINIMAL = {
    "objects": {"Lead": "read create edit", "Contact": "read create edit", "Campaign": "read create edit"},
    "fields": {
        "Lead": {"Email": "edit", "Phone": "read"},
        "Contact": {"Email": "edit", "AccountId": "edit"},
        "Campaign": {"Type": "edit", "StartDate": "edit", "Livestorm_Session_Id__c": "edit"},
        "CampaignMember": {"Livestorm_Replay_Status__c": "edit"},
    },
    "view_all": ["Lead", "Contact"],
}


@pytest.fixture
def as_user(make_org: Callable[..., Org], serve: Callable[[Org], Api]) -> Callable[..., Api]:
    """Returns a function that serves an org whose user has the given permissions."""
    return lambda **rights: serve(make_org(user=rights))


def described(api: Api, sobject: str) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = api.get(f"/sobjects/{sobject}/describe").json()
    return answer, {field["name"]: field for field in answer["fields"]}


def code(answer: Any) -> str:
    return answer.json()[0]["errorCode"]


def test_only_a_marketing_user_can_write_campaigns(as_user: Callable[..., Api]) -> None:
    api = as_user(marketing_user=False)
    campaign = api.org.insert("Campaign", [{"Name": "A"}])[0]
    answer = api.post("/sobjects/Campaign", {"Name": "Webinar"})
    message = "entity type cannot be inserted: Campaign"
    refusal = {"message": message, "errorCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "fields": []}
    assert (answer.status_code, answer.json()) == (400, [refusal])
    assert code(api.patch(f"/sobjects/Campaign/{campaign}", {"Name": "B"})) == "INSUFFICIENT_ACCESS_OR_READONLY"
    answer, fields = described(api, "Campaign")
    assert (answer["createable"], answer["updateable"], answer["queryable"]) == (False, False, True)
    assert (fields["Name"]["createable"], fields["Name"]["updateable"]) == (False, False)


def test_only_a_marketing_user_can_read_statuses(as_user: Callable[..., Api]) -> None:
    api = as_user(marketing_user=False)
    assert api.get("/sobjects/CampaignMemberStatus/describe").status_code == 404
    assert api.query_error("SELECT Id FROM CampaignMemberStatus")["errorCode"] == "INVALID_TYPE"
    assert "CampaignMemberStatus" not in [one["name"] for one in api.get("/sobjects").json()["sobjects"]]


def test_the_user_has_a_marketing_user_flag(as_user: Callable[..., Api]) -> None:
    soql = "SELECT Username, UserPermissionsMarketingUser FROM User WHERE Username LIKE 'integration%'"
    row = as_user(marketing_user=False).records(soql)[0]
    assert row == {"Username": "integration@sandbox.example", "UserPermissionsMarketingUser": False}


def test_members_require_permission_to_read_campaigns_only(as_user: Callable[..., Api]) -> None:
    api = as_user(marketing_user=False, objects={"Campaign": "read", "Lead": "read"})
    campaign = api.org.insert("Campaign", [{"Name": "A"}])[0]
    lead = api.org.insert("Lead", [{"LastName": "Doe", "Company": "Acme"}])[0]
    answer = api.post("/sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"})
    assert answer.status_code == 201
    assert api.patch(f"/sobjects/CampaignMember/{answer.json()['id']}", {"Status": "Sent"}).status_code == 204


def test_minimal_permissions_for_webinar_campaigns(as_user: Callable[..., Api]) -> None:
    api = as_user(**MINIMAL)
    path = "/sobjects/Campaign/Livestorm_Session_Id__c/abc"
    campaign = api.patch(path, {"Name": "A", "Type": "Webinar", "StartDate": "2026-12-01"}).json()["id"]
    status = {"CampaignId": campaign, "Label": "Attended", "HasResponded": True}
    assert api.post("/sobjects/CampaignMemberStatus", status).status_code == 201
    person = {"LastName": "Doe", "Company": "Acme", "Email": "a@b.io"}
    lead = api.post("/sobjects/Lead", person).json()["id"]
    member = {"CampaignId": campaign, "LeadId": lead, "Status": "Attended", "Livestorm_Replay_Status__c": "Watched"}
    assert api.post("/sobjects/CampaignMember", member).status_code == 201
    assert api.delete(f"/sobjects/Lead/{lead}").json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert api.get("/sobjects/Account/describe").status_code == 404


def test_a_hidden_field_is_unknown(as_user: Callable[..., Api]) -> None:
    api = as_user(**MINIMAL)
    person = {"LastName": "Doe", "Company": "Acme"}
    assert "City" not in described(api, "Lead")[1]
    rejected = api.post("/sobjects/Lead", {**person, "City": "Nice"}).json()[0]
    assert (rejected["errorCode"], rejected["message"]) == (
        "INVALID_FIELD",
        "No such column 'City' on sobject of type Lead",
    )
    assert "No such column 'City' on entity 'Lead'" in api.query_error("SELECT City FROM Lead")["message"]
    assert "No such column" in api.query_error("SELECT Id FROM CampaignMember WHERE Lead.City = 'Nice'")["message"]


def test_a_read_only_field_cannot_be_written(as_user: Callable[..., Api]) -> None:
    api = as_user(**MINIMAL)
    phone = described(api, "Lead")[1]["Phone"]
    assert (phone["createable"], phone["updateable"]) == (False, False)
    rejected = api.post("/sobjects/Lead", {"LastName": "Doe", "Company": "Acme", "Phone": "1"}).json()[0]
    assert (rejected["errorCode"], rejected["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Phone"])
    assert api.records("SELECT Phone FROM Lead") == []


def test_fields_without_permission_are_always_visible(as_user: Callable[..., Api]) -> None:
    fields = described(as_user(**MINIMAL), "Lead")[1]
    assert {
        "Id",
        "LastName",
        "FirstName",
        "Company",
        "Status",
        "OwnerId",
        "CreatedDate",
        "IsConverted",
    } <= fields.keys()
    assert not {"City", "Website", "Description"} & fields.keys()


def test_an_object_without_permissions_is_not_found(as_user: Callable[..., Api]) -> None:
    api = as_user(objects={"Lead": "read"})
    assert code(api.post("/sobjects/Contact", {"LastName": "A"})) == "NOT_FOUND"
    assert api.query_error("SELECT Id FROM Contact")["errorCode"] == "INVALID_TYPE"
    assert code(api.post("/sobjects/Lead", {"LastName": "A", "Company": "B"})) == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


@pytest.mark.parametrize(("view_all", "visible"), [([], ["Shared"]), (["Contact"], ["Private", "Shared"])])
def test_a_contact_without_account_is_private(
    as_user: Callable[..., Api], view_all: list[str], visible: list[str]
) -> None:
    api = as_user(view_all=view_all)
    account = api.org.insert("Account", [{"Name": "Acme"}])[0]
    api.org.insert("Contact", [{"LastName": "Private"}, {"LastName": "Shared", "AccountId": account}])
    assert [row["LastName"] for row in api.records("SELECT LastName FROM Contact ORDER BY LastName")] == visible


def test_a_user_sees_their_own_private_contacts(as_user: Callable[..., Api]) -> None:
    api = as_user(view_all=[])
    assert api.post("/sobjects/Contact", {"LastName": "Mine"}).status_code == 201
    assert api.records("SELECT LastName FROM Contact") == [{"LastName": "Mine"}]


def test_a_user_without_api_permission_gets_no_token(as_user: Callable[..., Api]) -> None:
    with pytest.raises(KeyError, match="access_token"):
        as_user(api_enabled=False)


def test_an_unknown_key_is_rejected() -> None:
    with pytest.raises(ValueError, match="rights: unknown keys \\['marketing'\\]"):
        Rights.from_settings({"marketing": True})
