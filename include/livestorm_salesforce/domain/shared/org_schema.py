"""What an org's describe says about the objects we write, reduced to what decisions need."""

from __future__ import annotations

import difflib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Any

TEXT_TYPES = frozenset(
    [
        "string",
        "textarea",
        "email",
        "phone",
        "url",
        "picklist",
        "multipicklist",
        "combobox",
        "encryptedstring",
        "id",
        "reference",
    ]
)
NUMBER_TYPES = frozenset(["double", "currency", "percent", "int", "long"])


@dataclass(frozen=True)
class FieldInfo:
    """One field. `length` in characters (0 = none), `values` the active picklist values (of a country or state
    the known labels), `whole_digits` how many digits a number may have before its point (None = unknown)."""

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
    name: str
    createable: bool
    updateable: bool
    fields: MappingOf[str, FieldInfo] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.fields

    def required(self) -> list[FieldInfo]:
        return [info for info in self.fields.values() if info.required]

    def nearest(self, name: str) -> str | None:
        """The field whose name is most alike, in whatever order its words come."""
        by_words = {_words(known): known for known in self.fields}
        near = difflib.get_close_matches(_words(name), by_words, n=1, cutoff=0.6)
        return by_words[near[0]] if near else None


def _words(name: str) -> str:
    return " ".join(sorted(name.removesuffix("__c").lower().split("_")))


def parse_describe(describe: MappingOf[str, Any]) -> ObjectSchema:
    """Reduce one `GET /sobjects/X/describe` answer."""
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
        values=tuple(value["value"] for value in values if value.get("active", True)),
    )


def _whole_digits(raw: MappingOf[str, Any]) -> int | None:
    """Integers have `digits`, other numbers `precision`, of which `scale` come after the point (describe result)."""
    if raw.get("digits"):
        return raw["digits"]
    return raw["precision"] - (raw.get("scale") or 0) if raw.get("precision") else None


def _add_address_labels(fields: dict[str, FieldInfo], raw_fields: list[MappingOf[str, Any]]) -> None:
    """With State and Country picklists on, the labels of CountryCode are values of Country that the org may know.

    They are not the only ones: Country takes integration values, which no describe tells, and labels are translated
    (Help, Integration Values for State and Country/Territory Picklists). So they correct spelling and refuse nothing.
    """
    for raw in raw_fields:
        name = raw["name"]
        plain = name.removesuffix("Code")
        if not name.endswith(("CountryCode", "StateCode")) or plain not in fields:
            continue
        labels = tuple(value["label"] for value in raw.get("picklistValues") or [] if value.get("active", True))
        fields[plain] = replace(fields[plain], values=labels)
