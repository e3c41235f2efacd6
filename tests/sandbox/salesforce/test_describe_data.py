"""The objects' fields against describes of real orgs, kept outside the project."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from service_sandbox.salesforce.org_config import SCRATCH_TYPES
from service_sandbox.salesforce.schema import Schema
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
        pytest.skip("the describes of real orgs lie beside the project only where it is developed; CI has them")
    assert REAL.is_dir(), f"the reference describes must be in {REAL}"
    return {field["name"]: field for field in json.loads((REAL / file).read_text())["fields"]}


def ours(api: Api, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in api.get(f"/sobjects/{sobject}/describe").json()["fields"]
            if not field["name"].endswith("__c")}  # fmt: skip


def differences(mine: dict[str, Any], theirs: dict[str, Any], keys: list[str]) -> list[str]:
    found = [f"field {name} on one side only" for name in sorted(mine.keys() ^ theirs.keys())]
    for name in mine.keys() & theirs.keys():
        found.extend(
            f"{name}.{key}: {mine[name][key]!r}, really {theirs[name][key]!r}"
            for key in keys
            if key in theirs[name] and mine[name][key] != theirs[name][key]
        )
    return found


def values(field: dict[str, Any]) -> list[str]:
    return [one["value"] for one in field["picklistValues"]]


@pytest.mark.parametrize("sobject", ["Lead", "Contact"])
def test_people_are_described_as_in_a_real_org(api: Api, sobject: str) -> None:
    mine, theirs = ours(api, sobject), real(f"{sobject}.json")
    assert differences(mine, theirs, WHOLE) == []
    assert list(mine) == list(theirs)
    assert {name: values(field) for name, field in mine.items()} == {name: values(one) for name, one in theirs.items()}


@pytest.mark.parametrize("sobject", ["Lead", "Contact"])
def test_a_describe_entry_has_every_key_of_a_real_one(api: Api, sobject: str) -> None:
    mine, theirs = ours(api, sobject), real(f"{sobject}.json")
    assert mine["Email"].keys() == theirs["Email"].keys()
    whole = json.loads((REAL / f"{sobject}.json").read_text())
    answer = api.get(f"/sobjects/{sobject}/describe").json()
    assert whole["keyPrefix"] == answer["keyPrefix"]
    assert {"createable", "updateable", "queryable", "fields", "childRelationships", "urls", "label"} <= answer.keys()


@pytest.mark.parametrize("sobject", ["Campaign", "CampaignMember"])
def test_campaigns_and_members_are_described_as_in_a_real_org(api: Api, sobject: str) -> None:
    mine, full, short = ours(api, sobject), real(f"{sobject}.fields.json"), real(f"{sobject}.soqlmetadata.json")
    # The two sources are orgs with different picklist defaults; the second one is the org that we imitate.
    full["Type"] = {key: value for key, value in full["Type"].items() if key != "defaultValue"}
    known = {name: mine[name] for name in full}
    assert differences(known, full, [*NUMBERS, *FLAGS]) == []
    assert differences(mine, short, SHORT) == []


def test_statuses_are_described_as_in_a_real_org(api: Api) -> None:
    mine = ours(api, "CampaignMemberStatus")
    assert differences(mine, real("CampaignMemberStatus.soqlmetadata.json"), SHORT) == []
    assert (mine["Label"]["length"], mine["CampaignId"]["updateable"]) == (765, False)


def test_picklists_of_campaigns_are_those_of_the_imitated_org(api: Api) -> None:
    mine, theirs = ours(api, "Campaign"), real("Campaign.soqlmetadata.json")
    assert {name: values(mine[name]) for name in ("Type", "Status")} == {
        name: values(theirs[name]) for name in ("Type", "Status")
    }
    assert "Webinar" in values(mine["Type"])


def test_the_scratch_flavour_has_the_types_of_the_other_org() -> None:
    assert values(real("Campaign.fields.json")["Type"]) == SCRATCH_TYPES
    assert "Webinar" not in SCRATCH_TYPES


def test_a_member_s_status_offers_the_union_of_the_org(api: Api) -> None:
    campaign = api.org.insert("Campaign", [{"Name": "A"}])[0]
    api.org.insert("CampaignMemberStatus", [{"CampaignId": campaign, "Label": "Attended"}])
    assert sorted(values(ours(api, "CampaignMember")["Status"])) == ["Attended", "Responded", "Sent"]


def test_lengths_are_known_for_every_text_field() -> None:
    for sobject in Schema():
        for item in sobject.fields.values():
            assert item.length or not item.text, f"{sobject.name}.{item.name}"
