"""The Python API of an org."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.org.org_config import configure


def test_seeds_can_set_read_only_fields(org: Org) -> None:
    contact = org.insert("Contact", [{"LastName": "Doe"}])[0]
    row = {"LastName": "Doe", "Company": "A", "CreatedDate": "2020-01-01T10:00:00Z", "IsConverted": True,
           "ConvertedContactId": contact, "Email": "not an address"}  # fmt: skip
    org.insert("Lead", [row, {"LastName": "Gone", "Company": "B", "IsDeleted": True}])
    lead = org.rows("Lead")[0]
    assert (lead["CreatedDate"], lead["IsConverted"]) == ("2020-01-01T10:00:00.000+0000", True)
    assert (lead["ConvertedContactId"], lead["Email"]) == (contact, "not an address")
    assert lead["LastModifiedDate"] == "2020-01-01T10:00:00.000+0000"
    assert len(org.rows("Lead", include_deleted=True)) == 2
    assert org.writes.count() == 0


def test_all_rules_can_be_applied_to_seeds(org: Org) -> None:
    with pytest.raises(RecordError, match="Required fields are missing"):
        org.insert("Lead", [{"LastName": "Doe"}], as_system=False)
    assert org.rows("Lead") == []


def test_rules_of_members_apply_to_seeds(org: Org, campaign: str, lead: str) -> None:
    org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead, "Status": "Nonsense"}])
    assert org.rows("CampaignMember")[0]["Status"] == "Sent"
    with pytest.raises(RecordError, match="Already a campaign member"):
        org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])


def test_a_record_can_be_edited_and_deleted(org: Org, lead: str) -> None:
    org.edit(lead, Email="new@x.io", FirstName=None)
    assert (org.rows("Lead")[0]["Email"], org.rows("Lead")[0]["Name"]) == ("new@x.io", "Doe")
    org.delete(lead)
    assert org.rows("Lead") == []


def test_a_snapshot_changes_only_with_the_data(org: Org, clock: Any, lead: str) -> None:
    before = org.snapshot()
    clock.advance(hours=1)
    org.edit(lead, FirstName="Jane")
    assert org.snapshot() == before
    org.edit(lead, FirstName="Janet")
    assert org.snapshot() != before


def test_content_does_not_depend_on_the_order_of_creation(make_org: Callable[..., Org]) -> None:
    def filled(names: list[str]) -> dict[str, Any]:
        org = make_org()
        campaign = org.insert("Campaign", [{"Name": "A"}])[0]
        for name in names:
            lead = org.insert("Lead", [{"LastName": name, "Company": "B", "Email": f"{name}@x.io"}])[0]
            org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])
        return org.content()

    assert filled(["a", "b", "c"]) == filled(["c", "a", "b"])
    assert filled(["a", "b"]) != filled(["a", "c"])
    assert filled(["a"])["CampaignMember"][0]["LeadId"] == "a@x.io"


def test_an_org_is_stored_in_a_file(clock: Any, tmp_path: Path) -> None:
    first = Org(tmp_path / "org.db", clock)
    configure(first)
    campaign = first.insert("Campaign", [{"Name": "A", "Livestorm_Session_Id__c": "x"}])[0]
    before = first.snapshot()
    first.close()
    again = Org(tmp_path / "org.db", clock)
    configure(again)
    assert again.snapshot() == before
    assert again.insert("Campaign", [{"Name": "B"}])[0] > campaign
    again.close()


def test_conversion_creates_account_and_contact(org: Org, lead: str) -> None:
    contact = org.convert_lead(lead)
    row = org.rows("Contact")[0]
    assert (row["Id"], row["Email"], row["Name"]) == (contact, "Jane@Acme.io", "Jane Doe")
    assert org.rows("Account")[0]["Name"] == "Acme"
    assert (org.rows("Lead")[0]["Status"], org.rows("Lead")[0]["ConvertedDate"]) == ("Closed - Converted", "2026-11-23")
    with pytest.raises(ValueError, match="already converted"):
        org.convert_lead(lead)


def test_a_lead_is_converted_to_a_contact_that_is_already_a_member(
    org: Org, campaign: str, lead: str, contact: str
) -> None:
    org.insert(
        "CampaignMember", [{"CampaignId": campaign, "LeadId": lead}, {"CampaignId": campaign, "ContactId": contact}]
    )
    assert org.convert_lead(lead, contact) == contact
    assert [(row["LeadId"], row["ContactId"]) for row in org.rows("CampaignMember")] == [(None, contact)]


def test_a_field_is_added_and_removed(org: Org) -> None:
    org.add_field("Lead", "Score__c", type="double", precision=5, scale=2)
    org.insert("Lead", [{"LastName": "A", "Company": "B", "Score__c": 1.5}])
    assert org.rows("Lead")[0]["Score__c"] == 1.5
    org.remove_field("Lead", "Score__c")
    with pytest.raises(RecordError, match="No such column 'Score__c'"):
        org.insert("Lead", [{"LastName": "A", "Company": "B", "Score__c": 1.5}])
