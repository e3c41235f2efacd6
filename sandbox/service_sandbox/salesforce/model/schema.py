"""Objects and fields of an org: types, lengths and flags, read from `data/*.yaml`.

A field's `flags` are single letters: N nillable, C createable, U updateable, D defaultedOnCreate, F filterable,
G groupable, S sortable, A aggregatable, P permissionable, I idLookup. Names are case-insensitive, as in the API.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DATA = Path(__file__).parent / "data"
OBJECTS = ("Account", "Contact", "Lead", "Campaign", "CampaignMember", "CampaignMemberStatus", "User", "Group",
           "Organization", "PermissionSet", "PermissionSetAssignment", "FieldPermissions",
           "ObjectPermissions")  # fmt: skip
TEXT_TYPES = {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "id", "reference", "combobox"}


@dataclass
class Field:
    """One field, with the attributes of describe."""

    name: str
    label: str
    type: str
    flags: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    to: list[str] = field(default_factory=list)
    relationship: str | None = None
    child: str | None = None
    part_of: str | None = None
    extra: str | None = None
    restricted: bool = False
    default: Any = None
    values: list[str] = field(default_factory=list)
    mirrors: list[str] | None = None
    name_field: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    custom: bool = False
    encrypted: bool = False
    deployed: bool = False
    """Deployed by the Metadata API: hidden from every user, administrators too, until a permission set grants it."""

    def has(self, flag: str) -> bool:
        """Returns whether the field has this flag letter."""
        return flag in self.flags

    def encrypt(self) -> None:
        """Encrypts the field: queries cannot filter, sort, group or aggregate it (Shield, probabilistic scheme)."""
        self.encrypted = True
        self.flags = "".join(flag for flag in self.flags if flag not in "FGSA")

    @property
    def required(self) -> bool:
        """Whether creation requires a value: createable, not nillable and without default."""
        return self.has("C") and not self.has("N") and not self.has("D") and self.type != "boolean"

    @property
    def stored(self) -> bool:
        """Whether the field has a column; compound addresses and mirrored fields are computed when read."""
        return self.type != "address" and self.mirrors is None

    @property
    def text(self) -> bool:
        """Whether its values are text."""
        return self.type in TEXT_TYPES


@dataclass
class SObject:
    """One object: name, labels, key prefix, and fields in the order of describe."""

    name: str
    label: str
    plural: str
    prefix: str
    fields: dict[str, Field]
    read_only: bool = False

    def __post_init__(self) -> None:
        self._index()

    def copy(self) -> SObject:
        """Returns an independent copy, much faster than `copy.deepcopy`."""
        return replace(self, fields={name: copy.copy(item) for name, item in self.fields.items()})

    def _index(self) -> None:
        self._by_name = {name.lower(): item for name, item in self.fields.items()}
        self._by_relationship = {f.relationship.lower(): f for f in self.fields.values() if f.relationship}

    def get(self, name: str) -> Field | None:
        """Returns the field with this API name, or None."""
        return self._by_name.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Returns the reference field of a relationship name such as `Campaign` or `Owner`, or None."""
        return self._by_relationship.get(name.lower())

    def add(self, new: Field) -> None:
        """Adds a field."""
        self.fields[new.name] = new
        self._index()

    def remove(self, name: str) -> None:
        """Removes a field."""
        del self.fields[name]
        self._index()


@cache
def _load(name: str) -> SObject:
    raw = YAML(typ="safe").load(DATA / f"{name}.yaml")
    fields = {key: Field(name=key, **values) for key, values in raw.pop("fields").items()}
    return SObject(fields=fields, **raw)


class Schema:
    """All objects of one org. Each org has its own copy, to which fields can be added."""

    def __init__(self) -> None:
        self.objects = {name: _load(name).copy() for name in OBJECTS}
        self._lower = {name.lower(): item for name, item in self.objects.items()}
        self._prefix = {item.prefix: item for item in self.objects.values()}

    def get(self, name: str) -> SObject | None:
        """Returns the object with this API name, or None."""
        return self._lower.get(name.lower())

    def of_id(self, record_id: str) -> SObject | None:
        """Returns the object with the key prefix of the id, or None."""
        return self._prefix.get(record_id[:3])

    def __getitem__(self, name: str) -> SObject:
        return self.objects[name]

    def __iter__(self) -> Iterator[SObject]:
        return iter(self.objects.values())


CUSTOM_FLAGS = {"string": "NCUFGSAP", "email": "NCUFGSAPI", "phone": "NCUFGSAP", "url": "NCUFGSAP",
                "picklist": "NCUFGSAP", "multipicklist": "NCUFP", "textarea": "NCUFGSAP", "boolean": "CUDFGSP",
                "double": "NCUFSAP", "currency": "NCUFSAP", "percent": "NCUFSAP", "int": "NCUFGSAP", "date": "NCUFGSAP",
                "datetime": "NCUFSAP"}  # fmt: skip


def custom_field(name: str, definition: dict[str, Any]) -> Field:
    """Returns a custom field.

    Args:
        definition: `type` (as in describe, default `string`), `label`, `length`, `precision`, `scale`, `values`,
            `restricted`, `default`, `unique`, `external_id`, `case_sensitive`, `required`.

    Raises:
        ValueError: the name, the type or a key of the definition is invalid.
    """
    settings = dict(definition)
    field_type = settings.pop("type", "string")
    if field_type not in CUSTOM_FLAGS or not name.endswith("__c"):
        raise ValueError(f"custom field {name}: the name must end in __c and the type be one of {sorted(CUSTOM_FLAGS)}")
    flags = CUSTOM_FLAGS[field_type]
    if field_type == "textarea" and settings.get("length", 255) > 255:
        flags = "NCUP"
    if settings.get("external_id"):
        flags += "I"
    if settings.pop("required", False):
        flags = flags.replace("N", "")
    if settings.get("default") is not None:
        flags += "D"
    lengths = {"string": 255, "email": 80, "phone": 40, "url": 255, "picklist": 255, "textarea": 255,
               "multipicklist": 4099}  # fmt: skip
    settings.setdefault("length", lengths.get(field_type, 0))
    if field_type in ("double", "currency", "percent"):
        settings.setdefault("precision", 18)
    label = settings.pop("label", name.removesuffix("__c").replace("_", " "))
    try:
        unique_flags = "".join(dict.fromkeys(flags))
        return Field(name=name, label=label, type=field_type, flags=unique_flags, custom=True, **settings)
    except TypeError as error:
        raise ValueError(f"custom field {name}: {error}") from None
