"""Campaigns, member statuses and members: rules that are not obvious from the fields."""

from typing import Any

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api


@pytest.fixture
def webinar(org: Org, campaign: str) -> str:
    """A campaign with the three statuses of a webinar; Registered is the default."""
    org.insert("CampaignMemberStatus", [
        {"CampaignId": campaign, "Label": "Registered", "IsDefault": True},
        {"CampaignId": campaign, "Label": "Attended", "HasResponded": True},
        {"CampaignId": campaign, "Label": "Not Attended"},
    ])  # fmt: skip
    return campaign


def add(api: Api, **fields: Any) -> Any:
    return api.post("/sobjects/CampaignMember", fields)


def code(answer: Any) -> str:
    assert answer.status_code in (400, 404), answer.text
    return answer.json()[0]["errorCode"]


def member(api: Api, record_id: str) -> dict[str, Any]:
    names = "Status, HasResponded, FirstRespondedDate, LeadId, ContactId, Name, Email, CompanyOrAccount, Type"
    return api.records(f"SELECT {names} FROM CampaignMember WHERE Id = '{record_id}'")[0]  # noqa: S608


def test_a_new_campaign_has_the_default_statuses_of_the_org(api: Api) -> None:
    record_id = api.post("/sobjects/Campaign", {"Name": "Webinar"}).json()["id"]
    soql = "SELECT CampaignId, Label, IsDefault, HasResponded, SortOrder FROM CampaignMemberStatus ORDER BY SortOrder"
    assert api.records(soql) == [
        {"CampaignId": record_id, "Label": "Sent", "IsDefault": True, "HasResponded": False, "SortOrder": 1},
        {"CampaignId": record_id, "Label": "Responded", "IsDefault": False, "HasResponded": True, "SortOrder": 2},
    ]


def test_a_new_campaign_has_defaults(api: Api) -> None:
    api.post("/sobjects/Campaign", {"Name": "Webinar"})
    row = api.records("SELECT IsActive, Type, Status, NumberOfLeads FROM Campaign")[0]
    assert row == {"IsActive": False, "Type": "Conference", "Status": "Planned", "NumberOfLeads": 0}


def test_a_known_status_is_stored_in_the_spelling_of_the_campaign(api: Api, webinar: str, lead: str) -> None:
    row = member(api, add(api, CampaignId=webinar, LeadId=lead, Status="attended").json()["id"])
    assert (row["Status"], row["HasResponded"], row["FirstRespondedDate"]) == ("Attended", True, "2026-11-23")


@pytest.mark.parametrize("status", ["Nonsense", None, ""])
def test_an_unknown_status_is_replaced_by_the_default(api: Api, webinar: str, lead: str, status: str | None) -> None:
    answer = add(api, CampaignId=webinar, LeadId=lead, Status=status)
    assert answer.status_code == 201
    row = member(api, answer.json()["id"])
    assert (row["Status"], row["HasResponded"], row["FirstRespondedDate"]) == ("Registered", False, None)


def test_an_unknown_status_in_an_update_is_replaced(api: Api, webinar: str, lead: str) -> None:
    record_id = add(api, CampaignId=webinar, LeadId=lead, Status="Attended").json()["id"]
    assert api.patch(f"/sobjects/CampaignMember/{record_id}", {"Status": "Nonsense"}).status_code == 204
    assert member(api, record_id)["Status"] == "Registered"


def test_the_date_of_the_first_response_is_kept(api: Api, webinar: str, lead: str) -> None:
    record_id = add(api, CampaignId=webinar, LeadId=lead, Status="Attended").json()["id"]
    for status in ("Not Attended", "Attended"):
        api.service.clock.advance(hours=23)
        api.log_in()
        api.patch(f"/sobjects/CampaignMember/{record_id}", {"Status": status})
    row = member(api, record_id)
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (True, "2026-11-23")


def test_a_second_member_for_a_person_is_rejected(api: Api, webinar: str, lead: str, contact: str) -> None:
    for person in ({"LeadId": lead}, {"ContactId": contact}):
        assert add(api, CampaignId=webinar, **person).status_code == 201
        answer = add(api, CampaignId=webinar, **person)
        assert (answer.status_code, answer.json()) == (
            400, [{"message": "Already a campaign member.", "errorCode": "DUPLICATE_VALUE", "fields": []}],
        )  # fmt: skip


def test_a_deleted_member_can_be_created_again(api: Api, webinar: str, lead: str) -> None:
    record_id = add(api, CampaignId=webinar, LeadId=lead).json()["id"]
    api.delete(f"/sobjects/CampaignMember/{record_id}")
    assert add(api, CampaignId=webinar, LeadId=lead).status_code == 201


def test_with_both_ids_only_the_contact_is_kept(api: Api, webinar: str, lead: str, contact: str) -> None:
    row = member(api, add(api, CampaignId=webinar, LeadId=lead, ContactId=contact).json()["id"])
    assert (row["LeadId"], row["ContactId"]) == (None, contact)


def test_a_member_without_person_or_campaign_is_rejected(api: Api, webinar: str, lead: str) -> None:
    assert code(add(api, CampaignId=webinar)) == "REQUIRED_FIELD_MISSING"
    assert code(add(api, LeadId=lead)) == "REQUIRED_FIELD_MISSING"


def test_person_and_campaign_of_a_member_cannot_be_changed(api: Api, webinar: str, lead: str, contact: str) -> None:
    record_id = add(api, CampaignId=webinar, LeadId=lead).json()["id"]
    for change in ({"ContactId": contact}, {"CampaignId": webinar}):
        assert code(api.patch(f"/sobjects/CampaignMember/{record_id}", change)) == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_members_have_the_fields_of_their_person(api: Api, webinar: str, lead: str, contact: str) -> None:
    one = member(api, add(api, CampaignId=webinar, LeadId=lead).json()["id"])
    assert (one["Name"], one["Email"], one["CompanyOrAccount"], one["Type"]) == (
        "Jane Doe",
        "Jane@Acme.io",
        "Acme",
        "Lead",
    )
    two = member(api, add(api, CampaignId=webinar, ContactId=contact).json()["id"])
    assert (two["Name"], two["CompanyOrAccount"], two["Type"]) == ("Roe", "Acme", "Contact")


def test_roll_ups_count_the_members(api: Api, webinar: str, lead: str, contact: str) -> None:
    add(api, CampaignId=webinar, LeadId=lead)
    record_id = add(api, CampaignId=webinar, ContactId=contact, Status="Attended").json()["id"]
    soql = "SELECT NumberOfLeads, NumberOfContacts, NumberOfResponses FROM Campaign"
    assert list(api.records(soql)[0].values()) == [1, 1, 1]
    api.delete(f"/sobjects/CampaignMember/{record_id}")
    assert list(api.records(soql)[0].values()) == [1, 0, 0]


def test_a_converted_lead_cannot_be_changed_or_become_a_member(api: Api, webinar: str, lead: str) -> None:
    contact = api.org.convert_lead(lead)
    rejected = {"message": "cannot reference converted lead", "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD", "fields": []}
    assert api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}).json() == [rejected]
    assert add(api, CampaignId=webinar, LeadId=lead).json() == [rejected]
    row = api.records("SELECT IsConverted, ConvertedContactId, Email FROM Lead")[0]
    assert row == {"IsConverted": True, "ConvertedContactId": contact, "Email": "Jane@Acme.io"}


def test_members_of_a_converted_lead_have_both_ids(api: Api, webinar: str, lead: str) -> None:
    record_id = add(api, CampaignId=webinar, LeadId=lead, Status="Attended").json()["id"]
    contact = api.org.convert_lead(lead)
    row = member(api, record_id)
    assert (row["LeadId"], row["ContactId"], row["Status"], row["Type"]) == (lead, contact, "Attended", "Contact")
    assert code(add(api, CampaignId=webinar, ContactId=contact)) == "DUPLICATE_VALUE"


def test_a_merge_deletes_the_loser_and_moves_its_members(api: Api, webinar: str, lead: str) -> None:
    loser = api.org.insert("Lead", [{"LastName": "Doe", "Company": "Acme", "Email": "jane@acme.io"}])[0]
    record_id = add(api, CampaignId=webinar, LeadId=loser).json()["id"]
    api.org.merge(lead, loser)
    assert member(api, record_id)["LeadId"] == lead
    assert code(api.patch(f"/sobjects/Lead/{loser}", {"Title": "x"})) == "ENTITY_IS_DELETED"
    gone = next(row for row in api.org.rows("Lead", include_deleted=True) if row["Id"] == loser)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, lead)


def test_deleting_a_campaign_deletes_members_and_statuses(api: Api, webinar: str, lead: str) -> None:
    add(api, CampaignId=webinar, LeadId=lead)
    api.delete(f"/sobjects/Campaign/{webinar}")
    assert api.org.rows("CampaignMember") == api.org.rows("CampaignMemberStatus") == []
    assert code(add(api, CampaignId=webinar, LeadId=lead)) == "ENTITY_IS_DELETED"


def status(api: Api, **fields: Any) -> Any:
    return api.post("/sobjects/CampaignMemberStatus", fields)


def statuses(api: Api) -> dict[str, tuple[bool, bool, int]]:
    soql = "SELECT Label, IsDefault, HasResponded, SortOrder FROM CampaignMemberStatus ORDER BY SortOrder"
    return {row["Label"]: (row["IsDefault"], row["HasResponded"], row["SortOrder"]) for row in api.records(soql)}


def test_a_new_default_status_replaces_the_default(api: Api, campaign: str) -> None:
    assert status(api, CampaignId=campaign, Label="Registered", IsDefault=True).status_code == 201
    assert statuses(api) == {"Sent": (False, False, 1), "Responded": (False, True, 2), "Registered": (True, False, 3)}


def test_labels_and_sort_orders_are_unique(api: Api, campaign: str) -> None:
    assert code(status(api, CampaignId=campaign, Label="sent")) == "DUPLICATE_VALUE"
    assert code(status(api, CampaignId=campaign, Label="New", SortOrder=1)) == "DUPLICATE_VALUE"
    other = api.org.insert("Campaign", [{"Name": "Other"}])[0]
    assert status(api, CampaignId=other, Label="New", SortOrder=3).status_code == 201


def test_a_campaign_keeps_a_default_and_a_responded_status(api: Api, campaign: str) -> None:
    known = {row["Label"]: row["Id"] for row in api.records("SELECT Id, Label FROM CampaignMemberStatus")}
    path = "/sobjects/CampaignMemberStatus/"
    assert code(api.delete(path + known["Sent"])) == "DELETE_FAILED"
    assert code(api.delete(path + known["Responded"])) == "FIELD_INTEGRITY_EXCEPTION"
    assert code(api.patch(path + known["Responded"], {"HasResponded": False})) == "FIELD_INTEGRITY_EXCEPTION"
    assert code(api.patch(path + known["Sent"], {"IsDefault": False})) == "FIELD_INTEGRITY_EXCEPTION"
    assert api.patch(path + known["Responded"], {"IsDefault": True}).status_code == 204
    assert statuses(api)["Sent"][0] is False


def test_a_status_in_use_cannot_be_deleted(api: Api, webinar: str, lead: str) -> None:
    known = {row["Label"]: row["Id"] for row in api.records("SELECT Id, Label FROM CampaignMemberStatus")}
    add(api, CampaignId=webinar, LeadId=lead, Status="Not Attended")
    assert code(api.delete(f"/sobjects/CampaignMemberStatus/{known['Not Attended']}")) == "DELETE_FAILED"
    assert api.delete(f"/sobjects/CampaignMemberStatus/{known['Sent']}").status_code == 204


def test_members_of_a_renamed_status_are_updated(api: Api, webinar: str, lead: str) -> None:
    record_id = add(api, CampaignId=webinar, LeadId=lead, Status="Not Attended").json()["id"]
    known = {row["Label"]: row["Id"] for row in api.records("SELECT Id, Label FROM CampaignMemberStatus")}
    api.patch(f"/sobjects/CampaignMemberStatus/{known['Not Attended']}", {"Label": "No show", "HasResponded": True})
    row = member(api, record_id)
    assert (row["Status"], row["HasResponded"]) == ("No show", True)
