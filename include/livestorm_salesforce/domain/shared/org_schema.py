"""The parts of an org's describe results that decisions need: objects, fields, types, lengths, picklist values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Any

# fmt: off
TEXT_TYPES = frozenset([
    "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "encryptedstring", "id",
    "reference",
])
# fmt: on
NUMBER_TYPES = frozenset(["double", "currency", "percent", "int", "long"])


@dataclass(frozen=True)
class FieldInfo:
    """One field, with the names of the describe result.

    Attributes:
        length: in characters; 0 if the field has none.
        whole_digits: digits that a number may have before the point; None if unknown.
        filterable: whether a query may filter by it; encrypted (probabilistic scheme) and long text fields are not.
        restricted: whether the picklist accepts only `values`.
        values: active picklist values; of State and Country, the known labels.
    """

    name: str
    type: str = "string"
    length: int = 0
    scale: int = 0
    whole_digits: int | None = None
    nillable: bool = True
    defaulted: bool = False
    createable: bool = True
    updateable: bool = True
    custom: bool = False
    restricted: bool = False
    external_id: bool = True
    unique: bool = True
    filterable: bool = True
    values: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Required at creation: not nillable, not defaulted by Salesforce, writable (object reference, describe)."""
        return not self.nillable and not self.defaulted and self.createable

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        return self.type in NUMBER_TYPES


@dataclass(frozen=True)
class ObjectSchema:
    """One object, its permissions and its fields by API name."""

    name: str
    createable: bool
    updateable: bool
    fields: MappingOf[str, FieldInfo] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the field exists and is visible to the user."""
        return name in self.fields

    def required(self) -> list[FieldInfo]:
        """Fields that need a value at creation."""
        return [info for info in self.fields.values() if info.required]

    def nearest(self, name: str) -> str | None:
        """The field with the most similar name, independent of the order of its words; None if no name is similar."""
        by_words = {_words(known): known for known in self.fields}
        near = difflib.get_close_matches(_words(name), by_words, n=1, cutoff=0.6)
        return by_words[near[0]] if near else None


def _words(name: str) -> str:
    return " ".join(sorted(name.removesuffix("__c").lower().split("_")))


def parse_describe(describe: MappingOf[str, Any]) -> ObjectSchema:
    """The schema of one response of `GET /sobjects/X/describe`."""
    fields = {raw["name"]: _parse_field(raw) for raw in describe["fields"]}
    _add_address_labels(fields, describe["fields"])
    return ObjectSchema(
        name=describe["name"],
        createable=bool(describe.get("createable", True)),
        updateable=bool(describe.get("updateable", True)),
        fields=fields,
    )


def _parse_field(raw: MappingOf[str, Any]) -> FieldInfo:
    values = raw.get("picklistValues") or []
    return FieldInfo(
        name=raw["name"],
        type=raw.get("type", "string"),
        length=raw.get("length") or 0,
        scale=raw.get("scale") or 0,
        whole_digits=_whole_digits(raw),
        nillable=bool(raw.get("nillable", True)),
        defaulted=bool(raw.get("defaultedOnCreate", False)),
        createable=bool(raw.get("createable", True)),
        updateable=bool(raw.get("updateable", True)),
        custom=bool(raw.get("custom", raw["name"].endswith("__c"))),
        restricted=bool(raw.get("restrictedPicklist", False)),
        external_id=bool(raw.get("externalId", True)),
        unique=bool(raw.get("unique", True)),
        filterable=bool(raw.get("filterable", True)),
        values=tuple(value["value"] for value in values if value.get("active", True)),
    )


def _whole_digits(raw: MappingOf[str, Any]) -> int | None:
    """Integers have `digits`; other numbers have `precision`, of which `scale` digits follow the point."""
    if raw.get("digits"):
        return int(raw["digits"])
    return int(raw["precision"]) - int(raw.get("scale") or 0) if raw.get("precision") else None


def _add_address_labels(fields: dict[str, FieldInfo], raw_fields: list[MappingOf[str, Any]]) -> None:
    """With State and Country picklists, the labels of CountryCode are valid values of Country.

    They correct spelling but restrict nothing: Country also accepts integration values, which no describe result
    contains, and labels are translated (Help: Integration Values for State and Country/Territory Picklists).
    """
    for raw in raw_fields:
        name = raw["name"]
        plain = name.removesuffix("Code")
        if not name.endswith(("CountryCode", "StateCode")) or plain not in fields:
            continue
        labels = tuple(value["label"] for value in raw.get("picklistValues") or [] if value.get("active", True))
        fields[plain] = replace(fields[plain], values=labels)
