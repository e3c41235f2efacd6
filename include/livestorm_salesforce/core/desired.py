"""What the mapping wants a record to hold: attribute columns become Salesforce fields in canonical form."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from include.livestorm_salesforce.config import attributes as attrs
from include.livestorm_salesforce.config.mapping import FieldRule, Fields
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.schema import NUMBER_TYPES, FieldInfo, ObjectSchema

NOTE_COLUMNS = ["id", "field", "note"]
KINDS = {"boolean": "boolean", "date": "date", "datetime": "date and time", **dict.fromkeys(NUMBER_TYPES, "number")}


@dataclass(frozen=True)
class Desired:
    """`values`: one row per record id (index), one `str` column per Salesforce field. `notes`: what was left out."""

    values: pd.DataFrame
    notes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=NOTE_COLUMNS, dtype="str"))


def attribute_column(attribute: str) -> str:
    """Form answers live in `form.<slug>`; the rest under its own name."""
    known = attrs.FOR_MEMBERS | attrs.FOR_CAMPAIGNS
    return attribute if attribute in known and attribute not in attrs.PERSON else f"form.{attribute}"


def attributes_of(*levels: Fields) -> list[str]:
    """The frame columns that levels of a mapping need, in order, once each. Two levels may name one field."""
    rules = [rule for fields in levels for rule in fields.values()]
    return list(dict.fromkeys(attribute_column(rule.attribute) for rule in rules if rule.attribute))


def newest_values(registrations: pd.DataFrame, by: str, columns: list[str]) -> pd.DataFrame:
    """Per person and column the newest non-empty value: the latest registration wins, an empty one erases nothing."""
    ordered = registrations.sort_values(["registered_at", "session_id", "person_id"], na_position="first")
    present = [column for column in columns if column in ordered]
    newest = ordered.groupby(by, sort=True)[present].last()
    return newest.reindex(columns=columns)


def desire(people: pd.DataFrame, fields: Fields, schema: ObjectSchema) -> Desired:
    """Apply one level of the mapping to `people` (index: record id of ours, columns: attributes)."""
    values: dict[str, pd.Series] = {}
    notes = []
    for name, rule in fields.items():
        if not schema.has(name):
            continue
        info = schema.fields[name]
        given = _source(people, rule)
        wanted = canon.canonical(given, info)
        if info.type in KINDS:
            notes += [_note(given.notna() & wanted.isna(), name, f"not a {KINDS[info.type]}: field left out")]
        wanted, dropped = _restrict(wanted, info)
        fitted = canon.fit(wanted, info)
        notes += [_note(dropped, name, "value not in the restricted picklist: field left out")]
        if info.type == "email":  # half an address is another address
            fitted = wanted.mask(fitted != wanted)
            notes += [
                _note(wanted.notna() & fitted.isna(), name, f"longer than {info.length} characters: field left out")
            ]
        else:
            notes += [_note(wanted.notna() & (fitted != wanted), name, f"cut to {info.length} characters")]
        values[name] = fitted
    told = pd.concat([pd.DataFrame(columns=NOTE_COLUMNS, dtype="str"), *notes], ignore_index=True)
    return Desired(pd.DataFrame(values, index=people.index, dtype="str"), told)


def with_fallbacks(
    values: pd.DataFrame, fields: Fields, schema: ObjectSchema, literal: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill required fields that are empty at creation (R18) and find what cannot be created.

    Returns:
        the completed values, and `missing`: a Series of field names per record id that still lacks required fields.
    """
    filled = values.copy()
    missing = pd.Series("", index=values.index, dtype="str")
    for info in schema.required():
        if info.type == "reference":  # set by the rules themselves, e.g. CampaignId
            continue
        own = filled[info.name] if info.name in filled else pd.Series(None, index=values.index, dtype="str")
        fallback = _fallback(info, fields.get(info.name), literal)
        if fallback is not None:
            own = own.fillna(fallback)
        filled[info.name] = own
        missing = missing.mask(own.isna(), missing + info.name + " ")
    return filled, missing[missing != ""].str.strip()


def _fallback(info: FieldInfo, rule: FieldRule | None, literal: str) -> str | None:
    """The field's own fallback, else the general one for standard text fields (Q10)."""
    given = rule.fallback if rule else None
    if given is None and not info.custom and info.is_text and not info.restricted and info.type != "email":
        given = literal
    if given is None:
        return None
    spelled, _ = _restrict(canon.canonical(pd.Series([given]), info), info)
    fitted = canon.fit(spelled, info).iloc[0]
    return None if pd.isna(fitted) else fitted


def _source(people: pd.DataFrame, rule: FieldRule) -> pd.Series:
    if rule.attribute is None:
        return pd.Series(rule.value, index=people.index)
    column = attribute_column(rule.attribute)
    return people[column] if column in people else pd.Series(None, index=people.index, dtype="object")


def _restrict(wanted: pd.Series, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Values of a restricted picklist in the org's spelling; others become null and are reported."""
    if not info.restricted or not info.values:
        return wanted, pd.Series(False, index=wanted.index)
    spelling = {value.lower(): value for value in info.values}
    if info.type == "multipicklist":
        known = wanted.map(lambda text: _known_choices(text, spelling), na_action="ignore").astype("str")
    else:
        known = wanted.str.lower().map(spelling).astype("str")
    return known, wanted.notna() & known.isna()


def _known_choices(text: str, spelling: dict[str, str]) -> str | None:
    """All choices or none: half an answer is another answer."""
    parts = [spelling.get(part.lower()) for part in text.split(";")]
    return ";".join(sorted(parts)) if all(parts) else None


def _note(rows: pd.Series, name: str, note: str) -> pd.DataFrame:
    ids = rows.index[rows.fillna(False).astype(bool)]
    return pd.DataFrame({"id": ids.astype("str"), "field": name, "note": note}, dtype="str")
