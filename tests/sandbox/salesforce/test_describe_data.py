"""The fields of objects, compared with describe responses of real orgs that are kept outside the project."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from service_sandbox.salesforce.model.schema import Schema
from service_sandbox.salesforce.org.org_config import SCRATCH_TYPES
from tests.sandbox.salesforce.conftest import Api

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "reference" / "salesforce-describe"
FLAGS = ["nillable", "createable", "updateable", "defaultedOnCreate", "filterable", "groupable", "sortable"]
FLAGS += ["aggregatable", "permissionable", "custom", "unique", "externalId"]
NUMBERS = ["name", "label", "type", "length", "precision", "scale"]
WHOLE = [*NUMBERS, *FLAGS, "referenceTo", "relationshipName", "digits", "byteLength", "soapType", "compoundFieldName"]
WHOLE += ["defaultValue", "extraTypeInfo", "idLookup", "restrictedPicklist", "nameField", "namePointing"]
WHOLE += ["polymorphicForeignKey", "caseSensitive"]
SHORT = ["name", "label", "type", "nillable", "filterable", "groupable", "sortable", "aggregatable", "custom"]
SHORT += ["defaultValue", "extraTypeInfo", "referenceTo", "relationshipName"]


def real(file: str) -> dict[str, dict[str, Any]]:
    if not REAL.is_dir() and not os.environ.get("CI"):
        pytest.skip("the describe responses of real orgs are available only in the development environment and in CI")
    assert REAL.is_dir(), f"the describe responses must be in {REAL}"
    return {field["name"]: field for field in json.loads((REAL / file).read_text())["fields"]}


def emulated(api: Api, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in api.get(f"/sobjects/{sobject}/describe").json()["fields"]
            if not field["name"].endswith("__c")}  # fmt: skip


def differences(actual: dict[str, Any], expected: dict[str, Any], keys: list[str]) -> list[str]:
    found = [f"field {name} is missing in one of them" for name in sorted(actual.keys() ^ expected.keys())]
    for name in actual.keys() & expected.keys():
        found.extend(
            f"{name}.{key}: {actual[name][key]!r}, expected {expected[name][key]!r}"
            for key in keys
            if key in expected[name] and actual[name][key] != expected[name][key]
        )
    return found


def values(field: dict[str, Any]) -> list[str]:
    return [one["value"] for one in field["picklistValues"]]


@pytest.mark.parametrize("sobject", ["Lead", "Contact"])
def test_leads_and_contacts_are_described_as_in_a_real_org(api: Api, sobject: str) -> None:
    actual, expected = emulated(api, sobject), real(f"{sobject}.json")
    assert differences(actual, expected, WHOLE) == []
    assert list(actual) == list(expected)
    assert {name: values(field) for name, field in actual.items()} == {
        name: values(one) for name, one in expected.items()
    }


@pytest.mark.parametrize("sobject", ["Lead", "Contact"])
def test_a_describe_entry_has_every_key_of_a_real_one(api: Api, sobject: str) -> None:
    actual, expected = emulated(api, sobject), real(f"{sobject}.json")
    assert actual["Email"].keys() == expected["Email"].keys()
    whole = json.loads((REAL / f"{sobject}.json").read_text())
    answer = api.get(f"/sobjects/{sobject}/describe").json()
    assert whole["keyPrefix"] == answer["keyPrefix"]
    assert {"createable", "updateable", "queryable", "fields", "childRelationships", "urls", "label"} <= answer.keys()


@pytest.mark.parametrize("sobject", ["Campaign", "CampaignMember"])
def test_campaigns_and_members_are_described_as_in_a_real_org(api: Api, sobject: str) -> None:
    actual, full, short = emulated(api, sobject), real(f"{sobject}.fields.json"), real(f"{sobject}.soqlmetadata.json")
    # The two sources are orgs with different picklist defaults; the emulator follows the second one.
    full["Type"] = {key: value for key, value in full["Type"].items() if key != "defaultValue"}
    known = {name: actual[name] for name in full}
    assert differences(known, full, [*NUMBERS, *FLAGS]) == []
    assert differences(actual, short, SHORT) == []


def test_statuses_are_described_as_in_a_real_org(api: Api) -> None:
    actual = emulated(api, "CampaignMemberStatus")
    assert differences(actual, real("CampaignMemberStatus.soqlmetadata.json"), SHORT) == []
    assert (actual["Label"]["length"], actual["CampaignId"]["updateable"]) == (765, False)


def test_picklists_of_campaigns_are_those_of_the_emulated_org(api: Api) -> None:
    actual, expected = emulated(api, "Campaign"), real("Campaign.soqlmetadata.json")
    assert {name: values(actual[name]) for name in ("Type", "Status")} == {
        name: values(expected[name]) for name in ("Type", "Status")
    }
    assert "Webinar" in values(actual["Type"])


def test_scratch_campaign_types_are_those_of_the_other_org() -> None:
    assert values(real("Campaign.fields.json")["Type"]) == SCRATCH_TYPES
    assert "Webinar" not in SCRATCH_TYPES


def test_the_status_of_members_has_the_statuses_of_all_campaigns(api: Api) -> None:
    campaign = api.org.insert("Campaign", [{"Name": "A"}])[0]
    api.org.insert("CampaignMemberStatus", [{"CampaignId": campaign, "Label": "Attended"}])
    assert sorted(values(emulated(api, "CampaignMember")["Status"])) == ["Attended", "Responded", "Sent"]


def test_every_text_field_has_a_length() -> None:
    for sobject in Schema():
        for item in sobject.fields.values():
            assert item.length or not item.text, f"{sobject.name}.{item.name}"
