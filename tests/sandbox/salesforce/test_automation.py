"""Orgs with automation: flows, transaction limits, status apps, frozen members, removed and encrypted fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service_sandbox.control.clock import Clock
from service_sandbox.salesforce import Org
from tests.sandbox.salesforce.conftest import Api

Make = Callable[..., Org]
Serve = Callable[[Org], Api]
LIMIT = "LeadTrigger: System.LimitException: Too many SOQL queries: 101"
MQL = "Attended - MQL"


def people(count: int) -> list[dict[str, str]]:
    return [{"LastName": f"Doe {number}", "Company": "Acme"} for number in range(count)]


def errors(results: list[dict[str, Any]]) -> list[str]:
    return [one["errors"][0]["statusCode"] for one in results if not one["success"]]


def labels(org: Org, campaign: str) -> list[str]:
    return [row["Label"] for row in org.statuses(campaign)]


def test_a_before_save_flow_rewrites_a_value(make_org: Make, serve: Serve) -> None:
    flow = {"object": "Lead", "field": "Email", "pattern": r"\+[^@]*", "replace": ""}
    org = make_org(flows=[flow])
    api = serve(org)
    record = api.post("/sobjects/Lead", {**people(1)[0], "Email": "ada+webinar@acme.example"}).json()["id"]
    assert api.records("SELECT Email FROM Lead") == [{"Email": "ada@acme.example"}]
    org.edit(record, Email="ada+seed@acme.example")  # not through the API
    api.patch(f"/sobjects/Lead/{record}", {"Title": "CTO"})
    assert api.records("SELECT Email, Title FROM Lead") == [{"Email": "ada@acme.example", "Title": "CTO"}]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_flow_changes_a_status(make_org: Make, serve: Serve, when: str) -> None:
    statuses = [{"Label": "Sent", "IsDefault": True}, {"Label": "Attended"}, {"Label": MQL, "HasResponded": True}]
    flow = {"object": "CampaignMember", "where": {"Status": "Attended"}, "set": {"Status": MQL}, "when": when}
    org = make_org(default_statuses=statuses, flows=[flow])
    api = serve(org)
    campaign, lead = org.insert("Campaign", [{"Name": "A"}])[0], org.insert("Lead", people(1))[0]
    body = {"CampaignId": campaign, "LeadId": lead, "Status": "Attended"}
    assert api.post("/sobjects/CampaignMember", body).status_code == 201
    assert api.records("SELECT Status, HasResponded FROM CampaignMember") == [{"Status": MQL, "HasResponded": True}]


def test_an_after_save_flow_creates_a_member_and_converts(make_org: Make, serve: Serve) -> None:
    flow = {"object": "Lead", "when": "after", "on": "create"}
    org = make_org(flows=[{**flow, "add_to_campaign": "Newsletter"}, {**flow, "convert": True}])
    api = serve(org)
    org.insert("Campaign", [{"Name": "Newsletter"}, {"Name": "Other"}])
    assert api.post("/sobjects/Lead", people(1)[0]).status_code == 201
    (member,) = org.rows("CampaignMember")
    assert (member["Status"], member["ContactId"]) == ("Sent", org.rows("Contact")[0]["Id"])


def test_a_transaction_with_too_many_rows_fails_as_a_whole(make_org: Make, serve: Serve) -> None:
    org = make_org(transaction_limits=[{"object": "Lead", "rows": 2}])
    api = serve(org)
    failed = api.collection("POST", "Lead", people(3))
    assert {(one["errors"][0]["statusCode"], one["errors"][0]["message"]) for one in failed} == {
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", LIMIT)
    }
    assert org.rows("Lead") == []
    assert errors(api.collection("POST", "Lead", people(2))) == []
    assert errors(api.collection("POST", "Contact", [{"LastName": "Doe"}] * 3)) == []


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"cpu_ms_per_row": 4_000}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
        ({"rows": 2, "error": "flow"}, "CANNOT_EXECUTE_FLOW_TRIGGER"),
        ({"rows": 2, "error": "unknown"}, "UNKNOWN_EXCEPTION"),
        ({"field": "LastName", "pattern": "2$", "error": "trigger"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
    ],
)
def test_causes_of_a_failed_transaction(make_org: Make, serve: Serve, limit: dict[str, Any], code: str) -> None:
    api = serve(make_org(transaction_limits=[{"object": "Lead", **limit}]))
    assert errors(api.collection("POST", "Lead", people(3))) == [code] * 3
    assert errors(api.collection("POST", "Lead", people(2))) == []


def test_a_status_app_rewrites_the_statuses_of_its_type(make_org: Make, serve: Serve, clock: Clock) -> None:
    own = [{"Label": "Invited", "IsDefault": True, "HasResponded": False}, {"Label": "Came", "HasResponded": True}]
    late = [{"Label": "Late", "IsDefault": True, "HasResponded": True}]
    org = make_org(
        status_apps=[{"type": "Webinar", "statuses": own}, {"type": "Email", "statuses": late, "after_seconds": 60}]
    )
    api = serve(org)
    webinar, email, other = (
        api.post("/sobjects/Campaign", {"Name": one, "Type": one}).json()["id"]
        for one in ("Webinar", "Email", "Trade Show")
    )
    assert (labels(org, webinar), labels(org, email)) == (["Invited", "Came"], ["Sent", "Responded"])
    lead = org.insert("Lead", people(1))[0]
    api.post("/sobjects/CampaignMember", {"CampaignId": email, "LeadId": lead, "Status": "Responded"})
    clock.advance(seconds=61)
    api.query("SELECT Id FROM Campaign")
    assert labels(org, email) == ["Responded", "Late"]  # a status in use remains
    assert labels(org, other) == ["Sent", "Responded"]


def test_members_of_a_closed_campaign_are_frozen(make_org: Make, serve: Serve) -> None:
    org = make_org(frozen_members=[{"field": "IsActive", "value": False}])
    api = serve(org)
    campaign = org.insert("Campaign", [{"Name": "A", "IsActive": True}])[0]
    one, other = org.insert("Lead", people(2))
    made = api.post("/sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": one}).json()["id"]
    assert api.patch(f"/sobjects/CampaignMember/{made}", {"Status": "Responded"}).status_code == 204
    api.patch(f"/sobjects/Campaign/{campaign}", {"IsActive": False})
    refused = [
        api.patch(f"/sobjects/CampaignMember/{made}", {"Status": "Sent"}),
        api.post("/sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": other}),
    ]
    assert [one.json()[0]["errorCode"] for one in refused] == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"] * 2


def test_a_field_disappears_between_two_calls(make_org: Make, serve: Serve) -> None:
    rule = {"object": "Lead", "field": "Region__c", "after_calls": 1}
    api = serve(make_org(fields={"Lead": {"Region__c": {}}}, disappearing_fields=[rule]))
    assert api.post("/sobjects/Lead", {**people(1)[0], "Region__c": "EMEA"}).status_code == 201
    assert errors(api.collection("POST", "Lead", [{**people(1)[0], "Region__c": "EMEA"}])) == ["INVALID_FIELD"]


def test_an_encrypted_field_cannot_be_filtered(make_org: Make, serve: Serve) -> None:
    api = serve(make_org(encrypted={"Lead": ["Email"]}))
    field = next(one for one in api.get("/sobjects/Lead/describe").json()["fields"] if one["name"] == "Email")
    assert [field[name] for name in ("encrypted", "filterable", "sortable", "groupable")] == [True, False, False, False]
    assert "can not be filtered" in api.query_error("SELECT Id FROM Lead WHERE Email = 'a@b.example'")["message"]
    assert api.records("SELECT Email FROM Lead") == []


@pytest.mark.parametrize(("units", "codes"), [("characters", []), ("utf16", ["STRING_TOO_LONG"])])
def test_text_length_in_utf16_units(make_org: Make, serve: Serve, units: str, codes: list[str]) -> None:
    api = serve(make_org(text_units=units))
    row = {**people(1)[0], "FirstName": "a" * 39 + "\N{GRINNING FACE}"}
    assert errors(api.collection("POST", "Lead", [row])) == codes


@pytest.mark.parametrize(
    "settings",
    [
        {"text_units": "bytes"},
        {"flows": [{"object": "Lead", "when": "never"}]},
        {"flows": [{"object": "Lead", "convert": True}]},
        {"transaction_limits": [{"object": "Lead", "error": "none"}]},
    ],
)
def test_invalid_settings_are_rejected(make_org: Make, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|need"):
        make_org(**settings)
