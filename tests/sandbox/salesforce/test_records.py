"""Single records: create, read, update, delete and upsert."""

from typing import Any

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

PERSON = {"LastName": "Doe", "Company": "Acme"}
KEY = "/sobjects/Campaign/Livestorm_Session_Id__c"


def error_of(answer: Any, status: int = 400) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert len(answer.json()) == 1
    return answer.json()[0]


def test_creation_returns_id_and_location(api: Api) -> None:
    answer = api.post("/sobjects/Lead", PERSON)
    assert answer.status_code == 201
    record_id = answer.json()["id"]
    assert answer.json() == {"id": record_id, "success": True, "errors": []}
    assert answer.headers["Location"] == f"/services/data/v67.0/sobjects/Lead/{record_id}"
    assert record_id.startswith("00Q")


def test_a_new_lead_has_defaults_and_computed_fields(api: Api) -> None:
    record_id = api.post("/sobjects/Lead", {**PERSON, "FirstName": "Jane"}).json()["id"]
    row = api.get(f"/sobjects/Lead/{record_id}?fields=Name,Status,OwnerId,IsConverted,CreatedDate").json()
    assert row["attributes"]["type"] == "Lead"
    assert (row["Name"], row["Status"], row["IsConverted"]) == ("Jane Doe", "Open - Not Contacted", False)
    assert row["OwnerId"] == api.org.users.admin.id
    assert row["CreatedDate"] == "2026-11-23T10:00:00.000+0000"


@pytest.mark.parametrize(
    ("fields", "code", "message", "blamed"),
    [
        ({"LastName": None, "Company": ""}, "REQUIRED_FIELD_MISSING",
         "Required fields are missing: [LastName, Company]", ["LastName", "Company"]),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG",
         f"Last Name: data value too large: {'x' * 81} (max length=80)", ["LastName"]),
        ({"Email": "foo"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: foo", ["Email"]),
        ({"Email": "a@b"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: a@b", ["Email"]),
        ({"CleanStatus": "Odd"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
         "Clean Status: bad value for restricted picklist field: Odd", ["CleanStatus"]),
        ({"Nope": 1}, "INVALID_FIELD", "No such column 'Nope' on sobject of type Lead", []),
        ({"Name": "Jane"}, "INVALID_FIELD_FOR_INSERT_UPDATE",
         "Unable to create/update fields: Name. Please check the security settings of this field and verify that it is "
         "read/write for your profile or permission set.", ["Name"]),
        ({"CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE",
         "Unable to create/update fields: CreatedDate. Please check the security settings of this field and verify "
         "that it is read/write for your profile or permission set.", ["CreatedDate"]),
        ({"OwnerId": "abc"}, "MALFORMED_ID", "Owner ID: id value of incorrect type: abc", ["OwnerId"]),
        ({"OwnerId": "0055j0000000999"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []),
        ({"OwnerId": "7015j0000000001"}, "FIELD_INTEGRITY_EXCEPTION",
         "Owner ID: id value of incorrect type: 7015j0000000001AAA", ["OwnerId"]),
        ({"NumberOfEmployees": 10**9}, "NUMBER_OUTSIDE_VALID_RANGE",
         "Employees: value outside of valid range on numeric field: 1000000000", ["NumberOfEmployees"]),
    ],
)  # fmt: skip
def test_an_invalid_value_is_rejected_with_the_exact_message(
    api: Api, fields: dict[str, Any], code: str, message: str, blamed: list[str]
) -> None:
    rejected = error_of(api.post("/sobjects/Lead", {**PERSON, **fields}))
    assert rejected == {"message": message, "errorCode": code, "fields": blamed}
    assert api.org.rows("Lead") == []


def test_an_unrestricted_picklist_stores_listed_values_in_their_spelling_and_others_unchanged(api: Api) -> None:
    api.org.add_field("Lead", "Topics__c", type="multipicklist", values=["CRM", "Email"])
    values = {"Industry": "bANKING", "Topics__c": "email;Odd;crm", "LeadSource": "Webinar"}
    api.post("/sobjects/Lead", {**PERSON, **values})
    [row] = api.records("SELECT Industry, Topics__c, LeadSource FROM Lead")
    assert row == {"Industry": "Banking", "Topics__c": "Email;Odd;CRM", "LeadSource": "Webinar"}


@pytest.mark.parametrize(
    "fields",
    [{"LastName": 5}, {"Company": ["a"]}, {"IsUnreadByOwner": "true"}, {"NumberOfEmployees": "5"}, {"Email": {"a": 1}}],
)
def test_a_wrong_json_type_is_a_parser_error(api: Api, fields: dict[str, Any]) -> None:
    rejected = error_of(api.post("/sobjects/Lead", {**PERSON, **fields}))
    assert rejected["errorCode"] == "JSON_PARSER_ERROR"
    assert rejected["message"].startswith("Cannot deserialize instance of ")


def test_text_is_trimmed_and_blank_is_null(api: Api) -> None:
    body = {"LastName": "  Doe ", "Company": "Acme\n", "City": "   ", "Title": ""}
    record_id = api.post("/sobjects/Lead", body).json()["id"]
    row = api.get(f"/sobjects/Lead/{record_id}?fields=LastName,Company,City,Title").json()
    del row["attributes"]
    assert row == {"LastName": "Doe", "Company": "Acme", "City": None, "Title": None}


def test_names_of_objects_and_fields_are_case_insensitive(api: Api) -> None:
    answer = api.post("/sobjects/lead", {"lastname": "Doe", "COMPANY": "Acme"})
    assert answer.status_code == 201
    assert api.records("SELECT LastName, Company FROM Lead") == [{"LastName": "Doe", "Company": "Acme"}]


def test_an_update_responds_204_without_body(api: Api, lead: str, clock: Any) -> None:
    clock.advance(hours=1)
    answer = api.patch(f"/sobjects/Lead/{lead}", {"FirstName": None, "Title": "CEO"})
    assert (answer.status_code, answer.text) == (204, "")
    row = api.records("SELECT Name, Title, CreatedDate, LastModifiedDate FROM Lead")[0]
    assert (row["Name"], row["Title"]) == ("Doe", "CEO")
    assert row["LastModifiedDate"] > row["CreatedDate"]


def test_a_required_field_cannot_be_set_to_null(api: Api, lead: str) -> None:
    rejected = error_of(api.patch(f"/sobjects/Lead/{lead}", {"LastName": ""}))
    assert rejected["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_the_id_is_not_accepted_in_the_body(api: Api, lead: str) -> None:
    assert error_of(api.patch(f"/sobjects/Lead/{lead}", {"Id": lead}))["errorCode"] == "INVALID_FIELD"
    assert (
        error_of(api.post("/sobjects/Lead", {**PERSON, "Id": lead}))["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    )


def test_a_deleted_record_is_reported_as_deleted(api: Api, lead: str) -> None:
    assert api.delete(f"/sobjects/Lead/{lead}").status_code == 204
    for answer in (api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}), api.delete(f"/sobjects/Lead/{lead}")):
        assert error_of(answer, 404) == {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}
    assert api.records("SELECT Id FROM Lead") == []
    assert [row["IsDeleted"] for row in api.org.rows("Lead", include_deleted=True)] == [True]


@pytest.mark.parametrize("path", ["/sobjects/Lead/00Q5j0000000099", "/sobjects/Lead/nonsense", "/sobjects/Nope/1"])
def test_an_unknown_record_is_not_found(api: Api, path: str) -> None:
    assert error_of(api.get(path), 404)["errorCode"] == "NOT_FOUND"
    assert error_of(api.patch(path, {"Title": "x"}), 404)["errorCode"] == "NOT_FOUND"


def test_an_upsert_creates_then_updates(api: Api) -> None:
    first = api.patch(f"{KEY}/abc%2Fd", {"Name": "One", "Type": "Webinar"})
    second = api.patch(f"{KEY}/ABC%2FD", {"Name": "Two"})
    record_id = first.json()["id"]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == {"id": record_id, "success": True, "errors": [], "created": True}
    assert second.json() == {"id": record_id, "success": True, "errors": [], "created": False}
    assert api.records("SELECT Name, Livestorm_Session_Id__c FROM Campaign") == [
        {"Name": "Two", "Livestorm_Session_Id__c": "abc/d"}
    ]


def test_before_version_46_an_updating_upsert_has_no_body(api: Api) -> None:
    path = f"{api.root}/services/data/v45.0{KEY}/a"
    assert api.patch(path, {"Name": "One"}).status_code == 201
    answer = api.patch(path, {"Name": "Two"})
    assert (answer.status_code, answer.text) == (204, "")


def test_an_upsert_with_several_matches_responds_with_urls(api: Api, org: Org) -> None:
    duplicates = org.insert("Lead", [{**PERSON, "Email": "a@b.io"}, {**PERSON, "Email": "A@B.io"}])
    answer = api.patch("/sobjects/Lead/Email/a@b.io", {"Title": "x"})
    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v67.0/sobjects/Lead/{one}" for one in duplicates]


def test_an_upsert_requires_a_key_field(api: Api) -> None:
    rejected = error_of(api.patch("/sobjects/Lead/City/Nice", PERSON), 404)
    assert rejected["message"] == "Provided external ID field does not exist or is not accessible: City"


def test_the_key_is_not_accepted_in_the_body(api: Api) -> None:
    rejected = error_of(api.patch(f"{KEY}/a", {"Name": "One", "Livestorm_Session_Id__c": "a"}))
    assert rejected["errorCode"] == "INVALID_FIELD"


def test_a_unique_field_ignores_case_null_and_deleted_records(api: Api, org: Org) -> None:
    first = org.insert("Campaign", [{"Name": "A", "Livestorm_Session_Id__c": "abc"}])[0]
    rejected = error_of(api.post("/sobjects/Campaign", {"Name": "B", "Livestorm_Session_Id__c": "ABC"}))
    assert rejected["errorCode"] == "DUPLICATE_VALUE"
    assert rejected["message"] == (
        f"duplicate value found: Livestorm_Session_Id__c duplicates value on record with id: {first[:15]}"
    )
    assert all(api.post("/sobjects/Campaign", {"Name": "C"}).status_code == 201 for _ in range(2))
    org.delete(first)
    assert api.post("/sobjects/Campaign", {"Name": "B", "Livestorm_Session_Id__c": "ABC"}).status_code == 201


def test_a_parent_is_identified_by_its_external_id(api: Api, org: Org, lead: str) -> None:
    org.insert("Campaign", [{"Name": "A", "Livestorm_Session_Id__c": "abc"}])
    body = {"LeadId": lead, "Campaign": {"Livestorm_Session_Id__c": "ABC"}}
    assert api.post("/sobjects/CampaignMember", body).status_code == 201
    body["Campaign"] = {"Livestorm_Session_Id__c": "other"}
    assert error_of(api.post("/sobjects/CampaignMember", body))["message"] == (
        "Foreign key external ID: other not found for field Livestorm_Session_Id__c in entity Campaign"
    )


def test_the_write_log_contains_api_writes_only(api: Api, lead: str) -> None:
    assert api.org.writes.count() == 0
    api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"})
    api.post("/sobjects/Lead", PERSON)
    api.post("/sobjects/Lead", {})
    assert api.org.writes.tally() == {"Lead.update": 1, "Lead.create": 1}
    assert api.org.writes.list(rejected=True)[0].error_code == "REQUIRED_FIELD_MISSING"


def test_an_explicit_null_replaces_a_default(api: Api) -> None:
    api.post("/sobjects/Campaign", {"Name": "A", "Type": None})
    assert api.records("SELECT Type, Status FROM Campaign") == [{"Type": None, "Status": "Planned"}]
    rejected = error_of(api.post("/sobjects/Lead", {**PERSON, "Status": None}))
    assert rejected["message"] == "Required fields are missing: [Status]"
