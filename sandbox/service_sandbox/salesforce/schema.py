"""What the org knows of its objects: fields, types, lengths and flags, read from `data/*.yaml`.

A field's `flags` are single letters: N nillable, C createable, U updateable, D defaultedOnCreate, F filterable,
G groupable, S sortable, A aggregatable, P permissionable, I idLookup. Lookups by name ignore case, as the API does.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DATA = Path(__file__).parent / "data"
OBJECTS = ("Account", "Contact", "Lead", "Campaign", "CampaignMember", "CampaignMemberStatus", "User", "Group",
           "Organization")  # fmt: skip
TEXT_TYPES = {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "id", "reference", "combobox"}


@dataclass
class Field:
    """One field of one object, as describe knows it."""

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

    def has(self, flag: str) -> bool:
        """Whether the field carries this flag letter."""
        return flag in self.flags

    @property
    def required(self) -> bool:
        """Must be given at creation: not nillable, no default of its own, and settable."""
        return self.has("C") and not self.has("N") and not self.has("D") and self.type != "boolean"

    @property
    def stored(self) -> bool:
        """Whether a column holds it (compound addresses and mirrored fields are worked out when read)."""
        return self.type != "address" and self.mirrors is None

    @property
    def text(self) -> bool:
        """Whether its values are strings that compare without regard to case."""
        return self.type in TEXT_TYPES


@dataclass
class SObject:
    """One object type: name, labels, key prefix and its fields in describe's order."""

    name: str
    label: str
    plural: str
    prefix: str
    fields: dict[str, Field]
    read_only: bool = False

    def __post_init__(self) -> None:
        self._index()

    def _index(self) -> None:
        self._by_name = {name.lower(): item for name, item in self.fields.items()}
        self._by_relationship = {f.relationship.lower(): f for f in self.fields.values() if f.relationship}

    def get(self, name: str) -> Field | None:
        """The field with this API name, whatever its case."""
        return self._by_name.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """The reference field behind a relationship name such as `Campaign` or `Owner`."""
        return self._by_relationship.get(name.lower())

    def add(self, new: Field) -> None:
        """Give the object one more field."""
        self.fields[new.name] = new
        self._index()

    def remove(self, name: str) -> None:
        """Take a field away."""
        del self.fields[name]
        self._index()


@cache
def _load(name: str) -> SObject:
    raw = YAML(typ="safe").load(DATA / f"{name}.yaml")
    fields = {key: Field(name=key, **values) for key, values in raw.pop("fields").items()}
    return SObject(fields=fields, **raw)


class Schema:
    """All objects of one org; each org has its own copy, since admins add fields."""

    def __init__(self) -> None:
        self.objects = {name: copy.deepcopy(_load(name)) for name in OBJECTS}
        self._lower = {name.lower(): item for name, item in self.objects.items()}
        self._prefix = {item.prefix: item for item in self.objects.values()}

    def get(self, name: str) -> SObject | None:
        """The object with this API name, whatever its case."""
        return self._lower.get(name.lower())

    def of_id(self, record_id: str) -> SObject | None:
        """The object whose key prefix the id carries."""
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
    """A custom field from an admin's words.

    `definition`: `type` (describe's word, default `string`), `label`, `length`, `precision`, `scale`, `values`,
    `restricted`, `default`, `unique`, `external_id`, `case_sensitive`, `required`. Raises ValueError for another word.
    """
    words = dict(definition)
    kind = words.pop("type", "string")
    if kind not in CUSTOM_FLAGS or not name.endswith("__c"):
        raise ValueError(f"custom field {name}: the name must end in __c and the type be one of {sorted(CUSTOM_FLAGS)}")
    flags = CUSTOM_FLAGS[kind]
    if kind == "textarea" and words.get("length", 255) > 255:
        flags = "NCUP"
    if words.get("external_id"):
        flags += "I"
    if words.pop("required", False):
        flags = flags.replace("N", "")
    if words.get("default") is not None:
        flags += "D"
    lengths = {"string": 255, "email": 80, "phone": 40, "url": 255, "picklist": 255, "textarea": 255,
               "multipicklist": 4099}  # fmt: skip
    words.setdefault("length", lengths.get(kind, 0))
    if kind in ("double", "currency", "percent"):
        words.setdefault("precision", 18)
    label = words.pop("label", name.removesuffix("__c").replace("_", " "))
    try:
        return Field(name=name, label=label, type=kind, flags="".join(dict.fromkeys(flags)), custom=True, **words)
    except TypeError as error:
        raise ValueError(f"custom field {name}: {error}") from None
