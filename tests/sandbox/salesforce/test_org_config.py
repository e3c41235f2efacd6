"""Configuration of orgs."""

from collections.abc import Callable
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.org.generate import address
from service_sandbox.salesforce.org.org_config import REPLAY_FIELD, configure
from tests.sandbox.salesforce.conftest import Api

Make = Callable[..., Org]
Serve = Callable[[Org], Api]
PERSON = {"LastName": "Doe", "Company": "Acme"}
COUNTRY = (
    "There's a problem with this country, even though it may appear correct. "
    "Please select a country/territory from the list of valid countries.: "
)


def fields(api: Api, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in api.get(f"/sobjects/{sobject}/describe").json()["fields"]}


def error_of(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 400, answer.text
    return answer.json()[0]["errorCode"], answer.json()[0]["message"]


def test_an_org_has_two_custom_fields_by_default(api: Api) -> None:
    key = fields(api, "Campaign")["Livestorm_Session_Id__c"]
    assert (key["externalId"], key["unique"], key["caseSensitive"], key["idLookup"], key["length"]) == (
        True,
        True,
        False,
        True,
        50,
    )
    replay = fields(api, "CampaignMember")[REPLAY_FIELD]
    assert (replay["type"], replay["custom"], replay["label"]) == ("string", True, "Livestorm Replay Status")


def test_the_replay_field_can_be_missing(make_org: Make, serve: Serve) -> None:
    assert REPLAY_FIELD not in fields(serve(make_org(replay_field="missing")), "CampaignMember")


def test_the_replay_field_can_be_a_picklist(make_org: Make, serve: Serve) -> None:
    replay = fields(serve(make_org(replay_field="picklist")), "CampaignMember")[REPLAY_FIELD]
    assert (replay["type"], replay["restrictedPicklist"]) == ("picklist", False)
    assert [one["value"] for one in replay["picklistValues"]] == ["Watched", "Not Watched"]


def test_the_replay_field_can_be_a_restricted_picklist_with_other_values(make_org: Make, serve: Serve) -> None:
    org = make_org(replay_field={"type": "picklist", "restricted": True, "values": ["Vu"]})
    api = serve(org)
    campaign, lead = org.insert("Campaign", [{"Name": "A"}])[0], org.insert("Lead", [PERSON])[0]
    body = {"CampaignId": campaign, "LeadId": lead, REPLAY_FIELD: "Watched"}
    assert error_of(api.post("/sobjects/CampaignMember", body)) == (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Livestorm Replay Status: bad value for restricted picklist field: Watched",
    )
    assert api.post("/sobjects/CampaignMember", {**body, REPLAY_FIELD: "Vu"}).status_code == 201


def test_an_unlisted_campaign_type_is_stored(make_org: Make, serve: Serve) -> None:
    api = serve(make_org(campaign_types="scratch"))
    values = [one["value"] for one in fields(api, "Campaign")["Type"]["picklistValues"]]
    assert "Webinar" not in values
    assert api.post("/sobjects/Campaign", {"Name": "A", "Type": "Webinar"}).status_code == 201
    api.post("/sobjects/Campaign", {"Name": "B"})
    assert [row["Type"] for row in api.records("SELECT Type FROM Campaign")] == ["Webinar", "Advertisement"]


@pytest.fixture
def places(make_org: Make, serve: Serve) -> Api:
    return serve(make_org(state_country_picklists=True))


def test_state_and_country_codes_are_described(places: Api, org: Org) -> None:
    assert {"CountryCode", "StateCode"} <= fields(places, "Lead").keys()
    code = fields(places, "Contact")["MailingCountryCode"]
    assert (code["type"], code["restrictedPicklist"], code["createable"]) == ("picklist", True, True)


def test_a_known_country_sets_its_code(places: Api) -> None:
    assert error_of(places.post("/sobjects/Lead", {**PERSON, "Country": "Frankreich"})) == (
        "FIELD_INTEGRITY_EXCEPTION", f"{COUNTRY}Country",
    )  # fmt: skip
    contact = {"LastName": "Doe", "MailingCountry": "Atlantis"}
    assert error_of(places.post("/sobjects/Contact", contact))[1] == f"{COUNTRY}Mailing Country"
    assert places.post("/sobjects/Lead", {**PERSON, "Country": "france"}).status_code == 201
    assert places.records("SELECT Country, CountryCode FROM Lead") == [{"Country": "France", "CountryCode": "FR"}]


def test_a_state_must_belong_to_the_country(places: Api) -> None:
    assert error_of(places.post("/sobjects/Lead", {**PERSON, "State": "Texas"}))[1].startswith(
        "A country/territory must be"
    )
    problem = error_of(places.post("/sobjects/Lead", {**PERSON, "State": "Bavaria", "CountryCode": "US"}))
    assert problem[1].endswith("from the list of valid states.: State/Province")
    record_id = places.post("/sobjects/Lead", {**PERSON, "StateCode": "TX", "CountryCode": "US"}).json()["id"]
    row = {"State": "Texas", "StateCode": "TX", "Country": "United States", "CountryCode": "US"}
    assert places.records(f"SELECT {', '.join(row)} FROM Lead") == [row]  # noqa: S608
    assert places.patch(f"/sobjects/Lead/{record_id}", {"State": "ohio"}).status_code == 204
    assert places.records("SELECT State, StateCode FROM Lead") == [{"State": "Ohio", "StateCode": "OH"}]


def test_countries_are_not_checked_by_default(api: Api) -> None:
    assert api.post("/sobjects/Lead", {**PERSON, "Country": "Frankreich", "State": "??"}).status_code == 201


def test_an_extra_required_field_is_required(make_org: Make, serve: Serve) -> None:
    region = {"type": "picklist", "values": ["EU", "US"], "required": True}
    api = serve(make_org(fields={"Lead": {"Region__c": region}}))
    assert error_of(api.post("/sobjects/Lead", PERSON)) == (
        "REQUIRED_FIELD_MISSING", "Required fields are missing: [Region__c]",
    )  # fmt: skip
    described = fields(api, "Lead")["Region__c"]
    assert (described["nillable"], described["defaultedOnCreate"], described["createable"]) == (False, False, True)
    assert api.post("/sobjects/Lead", {**PERSON, "Region__c": "EU"}).status_code == 201


def test_a_validation_rule_responds_with_its_message(make_org: Make, serve: Serve) -> None:
    rules = [{"object": "Lead", "field": "Phone", "blank": True, "message": "Give us a phone number"},
             {"object": "Contact", "field": "Email", "pattern": "@gmail", "message": "No private mail"}]  # fmt: skip
    api = serve(make_org(validation_rules=rules))
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert error_of(api.post("/sobjects/Lead", PERSON)) == (code, "Give us a phone number")
    assert error_of(api.post("/sobjects/Contact", {"LastName": "A", "Email": "a@gmail.com"})) == (
        code,
        "No private mail",
    )
    record_id = api.post("/sobjects/Lead", {**PERSON, "Phone": "1"}).json()["id"]
    assert error_of(api.patch(f"/sobjects/Lead/{record_id}", {"Phone": None}))[0] == code


def test_person_accounts_are_described_and_need_no_company(make_org: Make, serve: Serve) -> None:
    api = serve(make_org(person_accounts=True))
    assert "IsPersonAccount" in fields(api, "Account")
    assert fields(api, "Contact")["IsPersonAccount"]["createable"] is False
    assert api.post("/sobjects/Lead", {"LastName": "Doe"}).status_code == 201


def test_default_statuses_are_configurable(make_org: Make, serve: Serve) -> None:
    statuses = [{"Label": "Invited", "IsDefault": True}, {"Label": "Came", "HasResponded": True}]
    api = serve(make_org(default_statuses=statuses))
    api.post("/sobjects/Campaign", {"Name": "A"})
    found = api.records("SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus ORDER BY SortOrder")
    assert [tuple(row.values()) for row in found] == [("Invited", True, False), ("Came", False, True)]


def test_the_assignment_rule_runs_unless_disabled(make_org: Make, serve: Serve) -> None:
    org = make_org(assignment_queue="Marketing leads")
    api = serve(org)
    queue = org.policies.assignment.owner_id
    off = {"Sforce-Auto-Assign": "FALSE"}
    record_id = api.post("/sobjects/Lead", {**PERSON, "Email": "a@b.io"}).json()["id"]
    kept = api.collection("POST", "Lead", [PERSON], headers=off)[0]["id"]
    owners = {row["Id"]: row["OwnerId"] for row in api.records("SELECT Id, OwnerId FROM Lead")}
    assert (owners[record_id], owners[kept]) == (queue, org.users.admin.id)
    api.patch(f"/sobjects/Lead/{kept}", {"Title": "x"}, headers=off)
    assert len(org.policies.owner_changes) == 1
    api.patch(f"/sobjects/Lead/{kept}", {"Title": "y"})
    assert [(one.operation, one.owner_after) for one in org.policies.owner_changes] == [
        ("create", queue),
        ("update", queue),
    ]


def test_generated_leads_have_known_addresses_and_dates(make_org: Make, serve: Serve) -> None:
    api = serve(make_org(leads=30_000, contacts=10))
    assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 30_000
    soql = f"SELECT Email, Status, CreatedDate, Name FROM Lead WHERE Email IN ('{address('Lead', 7).upper()}', 'x')"  # noqa: S608
    row = api.records(soql)[0]
    assert (row["Email"], row["Status"]) == (address("Lead", 7), "Open - Not Contacted")
    assert row["CreatedDate"] < "2026-11-23"
    ends = api.records("SELECT Email FROM Lead ORDER BY CreatedDate DESC LIMIT 1")
    assert ends == [{"Email": address("Lead", 30_000)}]
    assert api.post("/sobjects/Lead", PERSON).status_code == 201


def test_an_unknown_setting_is_rejected(clock: Any) -> None:
    org = Org(None, clock)
    with pytest.raises(ValueError, match="unknown keys \\['webinar'\\]"):
        configure(org, {"webinar": True})
    org.close()


@pytest.mark.parametrize("definition", [{"type": "lookup"}, {"lenght": 5}])
def test_an_invalid_field_is_rejected(org: Org, definition: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="custom field X__c"):
        org.add_field("Lead", "X__c", **definition)
