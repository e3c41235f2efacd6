"""The custom fields and the permission set of the source, and the package that is made of them."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest

from livestorm_salesforce.config import load_mapping, org_source
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.metadata_package import Package
from tests.integration.safety import permissions_page

#: Elements of CustomField in the Metadata API that these types may have (Metadata API Developer Guide: CustomField).
COMMON = {"fullName", "description", "externalId", "label", "required", "type"}
ELEMENTS = {
    "string": COMMON | {"caseSensitive", "length", "unique"},
    "double": COMMON | {"precision", "scale", "unique"},
    "datetime": COMMON,
}
SESSION = {"type": "string", "length": 50, "unique": True, "externalId": True}
KEYS = ["Campaign.Livestorm_Session_Id__c", "Contact.Livestorm_Key__c", "Lead.Livestorm_Key__c"]
REPLAY = "CampaignMember.Livestorm_Replay_Status__c"
#: Fields that only a mapping of its own names.
OPTIONAL = [
    f"CampaignMember.Livestorm_{name}__c"
    for name in ("Attendance_Minutes", "Attendance_Rate", "Registered_At", "Replay_Watched_At", "UTM_Source")
]


def test_the_source_has_the_fields_of_the_default_mapping() -> None:
    fields = org_source.source_fields()
    assert sorted(field.full_name for field in fields) == sorted([*KEYS, REPLAY, *OPTIONAL])
    assert [field.full_name for field in org_source.used_fields(load_mapping())] == [KEYS[0], REPLAY, *KEYS[1:]]
    assert [field.full_name for field in fields if field.is_key] == KEYS
    for field in fields:
        assert set(re.findall(r"<(\w+)>", field.xml)) <= ELEMENTS[field.type]
        assert f"<fullName>{field.name}</fullName>" in field.xml


@pytest.mark.parametrize(
    ("mapping", "used"),
    [
        ({"campaign": {"external_id": "Webinar_Id__c"}}, {REPLAY, *KEYS[1:]}),
        ({"replay": None}, set(KEYS)),
        ({"campaign_member": {"Livestorm_Attendance_Rate__c": "attendance_rate"}}, {REPLAY, *KEYS, OPTIONAL[1]}),
        ({"replay": {"field": "Seen__c"}, "people": {"key_field": "Hash__c"}}, {KEYS[0]}),
    ],
)
def test_a_field_that_the_mapping_does_not_use_is_not_needed(mapping: dict[str, Any], used: set[str]) -> None:
    fields = org_source.used_fields(Mapping.model_validate(mapping))
    assert {field.full_name for field in fields} == used


@pytest.mark.parametrize(
    ("name", "described", "differences"),
    [
        (KEYS[0], SESSION, []),
        (KEYS[0], {**SESSION, "length": 255}, []),
        (KEYS[0], {**SESSION, "length": 20}, ["length 20 instead of 50"]),
        (KEYS[0], {**SESSION, "unique": False}, ["no unique external id"]),
        (KEYS[0], {**SESSION, "type": "double"}, ["type double instead of string"]),
        (REPLAY, {"type": "picklist", "length": 255}, []),
        (REPLAY, {"type": "boolean"}, ["type boolean instead of string"]),
        (OPTIONAL[1], {"type": "double"}, []),
        (OPTIONAL[1], {"type": "picklist"}, ["type picklist instead of double"]),
    ],
)
def test_a_field_of_the_org_is_compared(name: str, described: dict[str, Any], differences: list[str]) -> None:
    (field,) = [one for one in org_source.source_fields() if one.full_name == name]
    assert field.differences(described) == differences


def test_the_permission_set_grants_what_the_page_on_permissions_lists_and_no_more() -> None:
    page = permissions_page.rights("people.account: match", "campaign.parents", "the field is there")
    expected = {name: set(granted) for name, granted in page["objects"].items()}
    granted = {
        name: {right.removeprefix("allow").lower() for right, on in rights.items() if on and right.startswith("allow")}
        for name, rights in org_source.object_permissions().items()
    }
    assert granted == expected
    view_all = [name for name, rights in org_source.object_permissions().items() if rights["viewAllRecords"]]
    assert sorted(view_all) == sorted(page["view_all"])
    assert not [name for name, rights in org_source.object_permissions().items() if rights["modifyAllRecords"]]
    whole = {
        "City": "Address",
        "Country": "Address",
        "MailingCity": "MailingAddress",
        "MailingCountry": "MailingAddress",
    }
    fields = {
        f"{sobject}.{whole.get(name, name)}": access == "edit"
        for sobject, names in page["fields"].items()
        for name, access in names.items()
    }
    assert org_source.field_permissions() == fields | dict.fromkeys(OPTIONAL, True)


def test_fields_that_the_org_lacks_are_left_out_of_the_permission_set() -> None:
    whole = org_source.permission_set(frozenset())
    less = org_source.permission_set(frozenset({REPLAY}))
    assert whole.count("<fieldPermissions>") - less.count("<fieldPermissions>") == 1
    assert REPLAY in whole and REPLAY not in less


def test_the_package_has_a_manifest_and_is_equal_for_equal_content() -> None:
    fields = {field.full_name: field.xml for field in org_source.source_fields()}
    package = Package(fields, {org_source.PERMISSION_SET: org_source.permission_set(frozenset())})
    with zipfile.ZipFile(BytesIO(package.zipped("67.0"))) as archive:
        names = archive.namelist()
        manifest = archive.read("package.xml").decode()
        lead = archive.read("objects/Lead.object").decode()
    objects = [f"objects/{name}.object" for name in ("Campaign", "CampaignMember", "Contact", "Lead")]
    assert names == ["package.xml", *objects, "permissionsets/Livestorm_Sync.permissionset"]
    assert [f"<members>{name}</members>" in manifest for name in (*KEYS, REPLAY, *OPTIONAL)] == [True] * 9
    assert "<version>67.0</version>" in manifest
    assert "    <fields>\n        <fullName>Livestorm_Key__c</fullName>\n" in lead
    assert package.zipped("67.0") == package.zipped("67.0")
