"""sObject Collections with all operations."""

from typing import Any

import pytest

from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

LEAD = {"LastName": "Doe", "Company": "Acme"}
KEY = "/Campaign/Livestorm_Session_Id__c"
ROLLED_BACK = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
    "fields": [],
}


def rejected(api: Api, body: Any, method: str = "POST", path: str = "") -> dict[str, Any]:
    answer = api.call(method, f"/composite/sobjects{path}", json=body)
    assert answer.status_code == 400, answer.text
    return answer.json()[0]


def records(*rows: dict[str, Any], sobject: str = "Lead") -> dict[str, Any]:
    return {"records": [{"attributes": {"type": sobject}, **row} for row in rows]}


def test_results_have_the_order_of_the_request(api: Api) -> None:
    done = api.collection("POST", "Lead", [LEAD, {"LastName": "x"}, {**LEAD, "Email": "no"}, LEAD])
    assert [one["success"] for one in done] == [True, False, False, True]
    assert done[0] == {"id": done[0]["id"], "success": True, "errors": []}
    missing = {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [Company]",
        "fields": ["Company"],
    }
    assert done[1] == {"success": False, "errors": [missing]}
    assert done[2]["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"
    assert [row["Id"] for row in api.org.rows("Lead")] == [done[0]["id"], done[3]["id"]]


def test_the_status_is_200_if_every_record_fails(api: Api) -> None:
    assert [one["success"] for one in api.collection("POST", "Lead", [{}, {}])] == [False, False]


def test_a_duplicate_in_the_request_fails_the_later_records(api: Api, campaign: str, lead: str) -> None:
    done = api.collection("POST", "CampaignMember", [{"CampaignId": campaign, "LeadId": lead}] * 3)
    assert [one["success"] for one in done] == [True, False, False]
    assert done[2]["errors"] == [
        {"statusCode": "DUPLICATE_VALUE", "message": "Already a campaign member.", "fields": []}
    ]


def test_all_or_none_rolls_back_all_records(api: Api) -> None:
    done = api.collection("POST", "Lead", [LEAD, {"LastName": "x"}, LEAD], allOrNone=True)
    assert [one["errors"][0] for one in done][::2] == [ROLLED_BACK, ROLLED_BACK]
    assert done[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert api.org.rows("Lead") == []
    assert api.org.writes.count(rejected=False) == 0


def test_a_wrong_json_type_fails_the_whole_request(api: Api) -> None:
    assert rejected(api, records(LEAD, {**LEAD, "LastName": 5}))["errorCode"] == "JSON_PARSER_ERROR"
    assert api.org.rows("Lead") == []


def test_200_records_are_the_limit(api: Api) -> None:
    assert len(api.collection("POST", "Lead", [LEAD] * 200)) == 200
    assert rejected(api, records(*[LEAD] * 201)) == {
        "message": "record limit reached. cannot submit more than 200 records into this call",
        "errorCode": "EXCEEDED_ID_LIMIT",
    }


def test_ten_chunks_of_one_object_are_the_limit(api: Api) -> None:
    pair = [{"attributes": {"type": "Lead"}, **LEAD}, {"attributes": {"type": "Account"}, "Name": "A"}]
    assert all(one["success"] for one in api.post("/composite/sobjects", {"records": pair * 5}).json())
    assert rejected(api, {"records": pair * 6})["errorCode"] == "LIMIT_EXCEEDED"
    assert all(
        one["success"] for one in api.post("/composite/sobjects", {"records": [pair[0]] * 20 + [pair[1]] * 20}).json()
    )


def test_an_unknown_object_fails_the_request(api: Api) -> None:
    assert rejected(api, {"records": [LEAD]})["errorCode"] == "INVALID_FIELD"
    assert rejected(api, records(LEAD, sobject="Nope"))["errorCode"] == "INVALID_TYPE"


def test_an_unknown_field_fails_the_record(api: Api) -> None:
    done = api.collection("POST", "Lead", [{**LEAD, "Nope__c": 1}, LEAD])
    assert done[0]["errors"][0]["message"] == "No such column 'Nope__c' on sobject of type Lead"
    assert done[1]["success"]


def test_records_are_updated_by_id(api: Api, lead: str, contact: str) -> None:
    body = {"records": [
        {"attributes": {"type": "Lead"}, "id": lead[:15], "Title": "CEO"},
        {"attributes": {"type": "Contact"}, "Id": contact, "Title": "CTO"},
        {"attributes": {"type": "Lead"}, "Title": "none"},
        {"attributes": {"type": "Lead"}, "id": contact, "Title": "other object"},
        {"attributes": {"type": "Lead"}, "id": "00Q5j0000000999", "Title": "nobody"},
        {"attributes": {"type": "Lead"}, "id": lead, "Title": "again"},
    ]}  # fmt: skip
    done = api.patch("/composite/sobjects", body).json()
    assert done[:2] == [{"id": one, "success": True, "errors": []} for one in (lead, contact)]
    codes = [one["errors"][0]["statusCode"] for one in done[2:]]
    assert codes == ["MISSING_ARGUMENT", "MALFORMED_ID", "INVALID_CROSS_REFERENCE_KEY", "DUPLICATE_VALUE"]
    assert api.records("SELECT Title FROM Lead") == [{"Title": "CEO"}]


def test_an_update_of_a_deleted_or_converted_record_fails(api: Api, org: Org) -> None:
    gone, converted, alive = org.insert("Lead", [LEAD, LEAD, LEAD])
    org.delete(gone)
    org.convert_lead(converted)
    done = api.collection("PATCH", "Lead", [{"id": one, "Title": "x"} for one in (gone, converted, alive)])
    assert [one["errors"][0]["statusCode"] for one in done[:2]] == ["ENTITY_IS_DELETED", "CANNOT_UPDATE_CONVERTED_LEAD"]
    assert done[2]["success"]


def test_upserts_report_created_records(api: Api) -> None:
    rows = [{"Livestorm_Session_Id__c": key, "Name": key} for key in ("a", "b")]
    first = api.collection("PATCH", "Campaign", rows, KEY)
    again = api.collection("PATCH", "Campaign", [*rows, {"Livestorm_Session_Id__c": "C", "Name": "c"}], KEY)
    assert [one["created"] for one in first] == [True, True]
    assert [one["created"] for one in again] == [False, False, True]
    assert [one["id"] for one in again[:2]] == [one["id"] for one in first]


def test_an_upsert_with_a_missing_or_repeated_key_fails_these_records(api: Api) -> None:
    rows = [{"Livestorm_Session_Id__c": key, "Name": f"{key}"} for key in (None, "x", "X", "y")]
    done = api.collection("PATCH", "Campaign", rows, KEY)
    assert [one["success"] for one in done] == [False, False, False, True]
    assert [one["errors"][0]["statusCode"] for one in done[:3]] == [
        "MISSING_ARGUMENT",
        "DUPLICATE_VALUE",
        "DUPLICATE_VALUE",
    ]
    assert "created" not in done[0]


def test_an_upsert_accepts_the_object_of_its_path_only(api: Api) -> None:
    body = records({"Livestorm_Session_Id__c": "x", **LEAD})
    assert rejected(api, body, "PATCH", KEY)["errorCode"] == "INVALID_TYPE"


def test_records_are_deleted_by_id(api: Api, lead: str, contact: str) -> None:
    done = api.delete(f"/composite/sobjects?ids={lead},{contact},{lead},nonsense&allOrNone=false").json()
    assert [one["success"] for one in done] == [True, True, False, False]
    assert [one["errors"][0]["statusCode"] for one in done[2:]] == ["ENTITY_IS_DELETED", "MALFORMED_ID"]


@pytest.mark.parametrize("posted", [False, True])
def test_a_missing_record_is_read_as_null(api: Api, lead: str, posted: bool) -> None:
    if posted:
        answer = api.post("/composite/sobjects/Lead", {"ids": [lead, "00Q5j0000000999"], "fields": ["Email"]})
    else:
        answer = api.get(f"/composite/sobjects/Lead?ids={lead},00Q5j0000000999&fields=Email")
    one, none = answer.json()
    assert (one["Email"], one["attributes"]["type"], none) == ("Jane@Acme.io", "Lead", None)
