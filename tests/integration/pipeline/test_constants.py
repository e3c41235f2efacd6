"""A constant of the mapping that its field cannot hold stops a run before it writes: it would silently stay unset."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.config.field_rules import FieldRule
from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema, parse_describe
from livestorm_salesforce.state.org_describe import _reduced
from tests.unit.domain import given

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
    found = given.schemas({"Lead": FIELDS, "CampaignMember": FIELDS, "Campaign": FIELDS})
    statuses = parse_describe({"name": "CampaignMemberStatus", "fields": []})
    return {**found, "CampaignMemberStatus": statuses}


def problems(field: str, value: Any, level: str = "lead") -> list[str]:
    mapping = Mapping()
    fields = {field: FieldRule(value=value)}
    if level == "campaign":
        changed = {"campaign": mapping.campaign.model_copy(update={"fields": fields})}
    else:
        changed = {level: getattr(mapping, level) | fields}
    hidden = {"IsConverted", "ConvertedContactId"}  # not among the fields of the case files' org
    told = org_check.problems(org(), mapping.model_copy(update=changed))
    return [one for one in told if not any(f"Lead.{name} is hidden" in one for name in hidden)]


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
    ],
)
def test_a_constant_that_does_not_fit_is_told_with_field_value_and_remedy(field: str, value: str, remedy: str) -> None:
    [told] = problems(field, value)
    assert told.startswith(f"Lead.{field} cannot hold the mapping's constant '{value}'")
    assert told.endswith(f": {remedy}.")


@pytest.mark.parametrize("level", ["campaign_member", "campaign"])
def test_it_is_told_at_every_level(level: str) -> None:
    [told] = problems("Optin__c", "Oui", level)
    assert "Optin__c cannot hold" in told


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
        ("Title", "x" * 300),
    ],
)
def test_a_constant_that_fits_is_not(field: str, value: Any) -> None:
    assert problems(field, value) == []


def test_what_is_kept_of_a_describe_tells_how_many_digits_a_field_holds() -> None:
    field = {"name": "Seats__c", "type": "int", "digits": 8, "precision": 0, "scale": 0, "label": "Seats"}
    kept = _reduced({"name": "Lead", "createable": True, "updateable": True, "fields": [field]})
    assert parse_describe(kept).fields["Seats__c"].whole_digits == 8
