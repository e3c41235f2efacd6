"""The org check with literal describe results: what the org lacks, and the remedy of each problem."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.config.field_rules import FieldRule
from livestorm_salesforce.domain.plan import filtered_fields, org_check
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema, parse_describe
from tests.unit.domain import given

CODE = Path(org_check.__file__).parents[2]
SESSION_FIELD = "Livestorm_Session_Id__c"
REPLAY_FIELD = "Livestorm_Replay_Status__c"
CHOICES = [{"value": value, "label": value, "active": value != "Fax"} for value in ("Mail", "Phone", "Fax")]
FIELDS = {
    "Optin__c": {"type": "boolean"},
    "N__c": {"type": "double", "scale": 2},
    "Since__c": {"type": "date"},
    "At__c": {"type": "datetime"},
    "Channel__c": {"type": "picklist", "restrictedPicklist": True, "picklistValues": CHOICES},
    "Channels__c": {"type": "multipicklist", "restrictedPicklist": True, "picklistValues": CHOICES},
    "Free__c": {"type": "picklist", "picklistValues": CHOICES},
}


def org() -> dict[str, ObjectSchema]:
    """An org with everything that the default mapping needs."""
    converted = {"IsConverted": {"type": "boolean"}, "ConvertedContactId": {"type": "reference"}}
    schemas = given.schemas({"Lead": FIELDS | converted, "CampaignMember": FIELDS, "Campaign": FIELDS})
    statuses = parse_describe({"name": "CampaignMemberStatus", "fields": []})
    return {**schemas, "CampaignMemberStatus": statuses}


def org_with(sobject: str, field: str, **properties: Any) -> dict[str, ObjectSchema]:
    """The org with changed properties of one field; without properties, the field is missing."""
    schemas = org()
    fields = dict(schemas[sobject].fields)
    info = fields.pop(field, FieldInfo(field))
    if properties:
        fields[field] = replace(info, **properties)
    return schemas | {sobject: replace(schemas[sobject], fields=fields)}


def problems_of_constant(field: str, value: Any, level: str = "lead") -> list[str]:
    mapping = Mapping()
    fields = {field: FieldRule(value=value)}
    if level == "campaign":
        changed = {"campaign": mapping.campaign.model_copy(update={"fields": fields})}
    else:
        changed = {level: getattr(mapping, level) | fields}
    return org_check.problems(org(), mapping.model_copy(update=changed))


def test_an_org_with_everything_has_no_problem() -> None:
    assert org_check.problems(org(), Mapping()) == []


@pytest.mark.parametrize("sobject", ["Campaign", "CampaignMember", "CampaignMemberStatus"])
def test_creating_campaigns_requires_the_marketing_user_checkbox(sobject: str) -> None:
    schemas = org()
    [problem] = org_check.problems(schemas | {sobject: replace(schemas[sobject], createable=False)}, Mapping())
    assert problem.startswith(f"The user may not create {sobject}: give the user the 'Marketing User' checkbox")


@pytest.mark.parametrize("permission", ["createable", "updateable"])
@pytest.mark.parametrize("sobject", ["Lead", "Contact"])
def test_people_must_be_createable_and_editable(sobject: str, permission: str) -> None:
    schemas = org()
    [problem] = org_check.problems(schemas | {sobject: replace(schemas[sobject], **{permission: False})}, Mapping())
    assert problem == f"The user may not create and edit {sobject}: add both to its permission set."


def test_a_missing_session_field_is_reported_with_the_nearest_name() -> None:
    schemas = org_with("Campaign", SESSION_FIELD)
    fields = {**schemas["Campaign"].fields, "Session_Id_Livestorm__c": FieldInfo("Session_Id_Livestorm__c")}
    schemas["Campaign"] = replace(schemas["Campaign"], fields=fields)
    [problem] = org_check.problems(schemas, Mapping())
    assert problem.startswith(f"Campaign.{SESSION_FIELD} does not exist or is hidden by field-level security")
    assert "(did you mean Session_Id_Livestorm__c?): create it as Text(50), External ID, Unique" in problem


@pytest.mark.parametrize("properties", [{"external_id": False}, {"createable": False}, {"length": 35}])
def test_a_session_field_must_be_a_writable_external_id_of_36_characters(properties: dict[str, Any]) -> None:
    [problem] = org_check.problems(org_with("Campaign", SESSION_FIELD, **properties), Mapping())
    assert problem.startswith(f"Campaign.{SESSION_FIELD} cannot hold a session's id (External ID: ")
    assert org_check.problems(org_with("Campaign", SESSION_FIELD, length=36), Mapping()) == []


def test_a_mapped_field_must_exist() -> None:
    [problem] = org_check.problems(org_with("Contact", "Title"), Mapping())
    assert problem.startswith("Contact.Title of the mapping does not exist or is hidden by field-level security")


def test_a_mapped_field_must_be_writable_as_its_policy_requires() -> None:
    [problem] = org_check.problems(org_with("Lead", "Title", createable=False), Mapping())
    assert problem == "Lead.Title cannot be written: give edit access, use policy create_only, or unmap it."
    assert org_check.problems(org_with("Lead", "Title", updateable=False), Mapping()) == [problem]
    assert org_check.problems(org_with("Lead", "Email", updateable=False), Mapping()) == []


@pytest.mark.parametrize("field", ["IsConverted", "ConvertedContactId"])
def test_fields_that_matching_reads_must_be_visible(field: str) -> None:
    assert org_check.problems(org_with("Lead", field), Mapping()) == [
        f"Lead.{field} is hidden: give the user read access."
    ]


@pytest.mark.parametrize(
    ("sobject", "field"),
    [("Lead", "Email"), ("Contact", "Email"), ("Campaign", SESSION_FIELD), ("CampaignMember", "Status")],
)
def test_a_field_that_queries_filter_by_must_be_filterable(sobject: str, field: str) -> None:
    [problem] = org_check.problems(org_with(sobject, field, filterable=False), Mapping())
    assert problem.startswith(f"{sobject}.{field} cannot be used in a filter")
    assert "deterministic" in problem


def test_the_key_field_must_be_filterable_where_the_org_has_it() -> None:
    schemas = org_with("Lead", "Livestorm_Key__c", filterable=False)
    [problem] = org_check.problems(schemas, Mapping())
    assert problem.startswith("Lead.Livestorm_Key__c cannot be used in a filter")
    without = Mapping.model_validate({"people": {"key_field": None}})
    assert org_check.problems(schemas, without) == []


def test_accounts_are_checked_only_if_people_are_matched_to_them() -> None:
    mapping = Mapping.model_validate({"people": {"create": "contact", "account": "match"}})
    assert org_check.problems(org(), mapping) == ["Account is not described yet."]
    fields = [{"name": "Name", "filterable": False}, {"name": "Website"}]
    accounts = {"Account": parse_describe({"name": "Account", "fields": fields})}
    [problem] = org_check.problems(org() | accounts, mapping)
    assert problem.startswith("Account.Name cannot be used in a filter")
    assert org_check.problems(org() | accounts, Mapping()) == []


def test_the_filters_in_the_code_are_those_that_are_checked() -> None:
    """Queries of the setup read objects of Salesforce's own, whose fields cannot be encrypted."""
    literal = re.compile(r"soql\.(?:in_list|equals|not_equals|containing)\(\s*\"(\w+)\"")
    named = {
        name
        for file in CODE.rglob("*.py")
        if file.parent.name != "deployment" and file.name != "record_visibility.py"
        for name in literal.findall(file.read_text("utf-8"))
    }
    checked = {name for names in filtered_fields.ALWAYS.values() for name in names} | {*filtered_fields.OF_ACCOUNTS}
    assert named and named <= checked


def test_person_accounts_are_not_supported() -> None:
    [problem] = org_check.problems(org_with("Contact", "IsPersonAccount", type="boolean"), Mapping())
    assert problem.startswith("The org uses Person Accounts")


def test_all_problems_are_reported_at_once() -> None:
    schemas = org_with("Contact", "Title")
    schemas["Campaign"] = replace(schemas["Campaign"], createable=False)
    assert len(org_check.problems(schemas, Mapping())) == 2


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("Optin__c", "Oui", "write true or false"),
        ("Optin__c", "", "write true or false"),
        ("N__c", "12,5", "write a number with a point, as in 12.5"),
        ("Since__c", "01/12/2026", "write the day as 2026-12-31"),
        ("At__c", "tomorrow", 'write the moment as "2026-12-31T10:00:00Z"'),
        ("Channel__c", "Pigeon", "write one of Mail, Phone, or add the value to the restricted picklist"),
        ("Channel__c", "Fax", "write one of Mail, Phone, or add the value to the restricted picklist"),
        ("Channels__c", "Mail;Pigeon", "write one of Mail, Phone, or add the value to the restricted picklist"),
        ("Free__c", " ", "write a value that fits a field of type picklist"),
        ("Title", "x" * 129, "write at most 128 characters"),
        ("Phone", "1" * 41, "write at most 40 characters"),
    ],
)
def test_a_constant_that_its_field_cannot_store_is_reported(field: str, value: str, remedy: str) -> None:
    [problem] = problems_of_constant(field, value)
    assert problem.startswith(f"Lead.{field} cannot hold the mapping's constant '{value}'")
    assert problem.endswith(f": {remedy}.")


@pytest.mark.parametrize("level", ["campaign_member", "campaign"])
def test_constants_of_every_level_are_checked(level: str) -> None:
    [problem] = problems_of_constant("Optin__c", "Oui", level)
    assert "Optin__c cannot hold" in problem


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Optin__c", True),
        ("Optin__c", False),
        ("Optin__c", "yes"),
        ("N__c", 12.5),
        ("N__c", 0),
        ("Since__c", "2026-12-01"),
        ("At__c", "2026-12-01T10:00:00+01:00"),
        ("Channel__c", "mail"),
        ("Channels__c", "Phone;Mail"),
        ("Free__c", "Pigeon"),
        ("Title", "x" * 128),
        ("Title", "06"),
    ],
)
def test_a_constant_that_its_field_can_store_is_no_problem(field: str, value: Any) -> None:
    assert problems_of_constant(field, value) == []


def warning_codes(schemas: dict[str, ObjectSchema], mapping: Mapping | None = None) -> list[str]:
    return [warning.code for warning in org_check.warnings(schemas, mapping or Mapping())]


@pytest.mark.parametrize(
    ("properties", "codes"),
    [
        ({}, ["REPLAY_FIELD_MISSING"]),
        ({"updateable": False}, ["REPLAY_FIELD_READ_ONLY"]),
        ({"restricted": True, "values": ("Watched",)}, ["REPLAY_VALUE_MISSING"]),
        ({"restricted": False, "values": ("Watched",)}, []),
    ],
)
def test_replay_views_that_cannot_be_written_are_a_warning(properties: dict[str, Any], codes: list[str]) -> None:
    assert warning_codes(org_with("CampaignMember", REPLAY_FIELD, **properties)) == codes


def test_no_warning_about_the_replay_field_if_the_mapping_has_none() -> None:
    schemas = org_with("CampaignMember", REPLAY_FIELD)
    assert warning_codes(schemas, Mapping().model_copy(update={"replay": None})) == []


@pytest.mark.parametrize(
    ("field", "properties", "code"),
    [
        (SESSION_FIELD, {"unique": False}, "SESSION_FIELD_NOT_UNIQUE"),
        ("Description", {}, "CAMPAIGN_FIELD_CLOSED"),
        ("StartDate", {"updateable": False}, "CAMPAIGN_FIELD_CLOSED"),
        ("Type", {"values": ("Conference",)}, "TYPE_MISSING"),
    ],
)
def test_restrictions_of_campaigns_are_warnings(field: str, properties: dict[str, Any], code: str) -> None:
    assert warning_codes(org_with("Campaign", field, **properties)) == [code]
