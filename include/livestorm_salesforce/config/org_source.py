"""The custom fields and the permission set that this project supplies, read from their source in `sfdx/`.

The same files are deployed by `sf project deploy start`, by the DAG `livestorm_salesforce_setup`, and checked by tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from xml.etree import ElementTree as ET

from livestorm_salesforce.config.mapping import Mapping

SOURCE = files("livestorm_salesforce") / "sfdx" / "force-app" / "main" / "default"
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
PERMISSION_SET = "Livestorm_Sync"
FIELD_ENDING = ".field-meta.xml"
#: Types of describe by the type of the source.
DESCRIBED_TYPES = {"Text": "string", "Number": "double", "DateTime": "datetime"}
_FIELD_PERMISSION = re.compile(r" *<fieldPermissions>\s*<editable>\w+</editable>\s*<field>([\w.]+)</field>.*?"
                               r"</fieldPermissions>\n", re.DOTALL)  # fmt: skip


@dataclass(frozen=True)
class SourceField:
    """One custom field.

    Attributes:
        xml: the content of its file.
        type, length, is_key: as describe states them; only a text has a length. A key is an external id and unique.
    """

    object: str
    name: str
    type: str
    length: int
    is_key: bool
    xml: str

    @property
    def label(self) -> str:
        """Type and size, as Setup shows them."""
        size = f"({self.length})" if self.length else ""
        return f"{_text(_parsed(self.xml), 'type')}{size}{', external id, unique' if self.is_key else ''}"

    @property
    def full_name(self) -> str:
        """`Object.Field`, as the Metadata API names it."""
        return f"{self.object}.{self.name}"

    def differences(self, described: dict[str, Any]) -> list[str]:
        """How a field of the org differs from this one in a way that the sync notices; empty if it does not.

        Args:
            described: the field in a describe.
        """
        found = []
        is_text = self.type == "string"
        allowed = (self.type, "picklist") if is_text and not self.is_key else (self.type,)
        if described.get("type") not in allowed:
            found.append(f"type {described.get('type')} instead of {self.type}")
        elif is_text and described.get("type") == self.type and int(described.get("length") or 0) < self.length:
            found.append(f"length {described.get('length')} instead of {self.length}")
        if self.is_key and not (described.get("unique") and described.get("externalId")):
            found.append("no unique external id")
        return found


@cache
def source_fields() -> tuple[SourceField, ...]:
    """All fields of the source, by object and name."""
    return tuple(sorted(_read_fields(), key=lambda field: field.full_name))


def used_fields(mapping: Mapping) -> tuple[SourceField, ...]:
    """The fields of the source that a mapping uses. A mapping may name fields of the company instead."""
    names = {
        f"Campaign.{mapping.campaign.external_id}",
        *(f"CampaignMember.{name}" for name in mapping.campaign_member),
    }
    names |= {f"{sobject}.{mapping.people.key_field}" for sobject in ("Lead", "Contact")}
    if mapping.replay:
        names.add(f"CampaignMember.{mapping.replay.field}")
    return tuple(field for field in source_fields() if field.full_name in names)


def permission_set(without: frozenset[str]) -> str:
    """The permission set as XML.

    Args:
        without: fields (`Object.Field`) that the org lacks and that are not deployed: Salesforce would refuse them.
    """
    return _FIELD_PERMISSION.sub(lambda line: "" if line[1] in without else line[0], _permission_set_text())


def field_permissions() -> dict[str, bool]:
    """`Object.Field` of the permission set, and whether the field may be edited."""
    lines = _permission_set().findall(_tag("fieldPermissions"))
    return {_text(line, "field"): _text(line, "editable") == "true" for line in lines}


def object_permissions() -> dict[str, dict[str, bool]]:
    """Permissions of the permission set by object: `allowRead`, `allowCreate`, `viewAllRecords` and so on."""
    lines = _permission_set().findall(_tag("objectPermissions"))
    return {
        _text(line, "object"): {_name(one): one.text == "true" for one in line if _name(one) != "object"}
        for line in lines
    }


@cache
def _permission_set_text() -> str:
    return (SOURCE / "permissionsets" / f"{PERMISSION_SET}.permissionset-meta.xml").read_text("utf-8")


def _permission_set() -> ET.Element:
    return _parsed(_permission_set_text())


def _read_fields() -> Iterator[SourceField]:
    for folder in (SOURCE / "objects").iterdir():
        for path in (folder / "fields").iterdir():
            if path.name.endswith(FIELD_ENDING):
                yield _field(folder.name, path)


def _field(sobject: str, path: Traversable) -> SourceField:
    xml = path.read_text("utf-8")
    root = _parsed(xml)
    is_key = _text(root, "externalId") == "true" and _text(root, "unique") == "true"
    described = DESCRIBED_TYPES[_text(root, "type")]
    return SourceField(sobject, _text(root, "fullName"), described, int(_text(root, "length") or 0), is_key, xml)


def _parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 a file of this package


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element, name: str) -> str:
    return (element.findtext(_tag(name)) or "").strip()
