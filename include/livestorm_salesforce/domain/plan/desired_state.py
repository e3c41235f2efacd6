"""What the mapping wants a record to hold: attribute columns become Salesforce fields in canonical form."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from livestorm_salesforce.config.mapping import FieldRule, Fields
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.attribute_columns import ZONE, attribute_column
from livestorm_salesforce.domain.shared.org_schema import NUMBER_TYPES, FieldInfo, ObjectSchema

NOTE_COLUMNS = ["row", "field", "note"]
#: Half of one is another one: an address, a choice of a multi-select picklist.
WHOLE = ("email", "multipicklist")
KINDS = {"boolean": "boolean", "date": "date", "datetime": "date and time", **dict.fromkeys(NUMBER_TYPES, "number")}


@dataclass(frozen=True)
class DesiredValues:
    """`values`: numbered rows, one `str` column per Salesforce field. `notes`: what was left out, `id` is the row."""

    values: pd.DataFrame
    notes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=NOTE_COLUMNS, dtype="str"))


def newest_values(registrations: pd.DataFrame, by: str, columns: list[str]) -> pd.DataFrame:
    """Per person and column the newest non-empty value: the latest registration wins, an empty one erases nothing.

    One row per value of `by`, in its order, with `by` as a column too.
    """
    codes, keys = pd.factorize(registrations[by], sort=True)
    present = [column for column in columns if column in registrations]
    rows = registrations[list(dict.fromkeys(["registered_at", "session_id", "person_id", *present]))].assign(at=codes)
    several = rows["at"].duplicated(keep=False)
    ordered = rows[several].sort_values(["at", "registered_at", "session_id", "person_id"], na_position="first")
    merged = ordered.groupby("at")[present].last()
    newest = pd.concat([rows[~several].set_index("at")[present], merged]).sort_index()
    return newest.reindex(columns=columns).assign(**{by: pd.array(keys, dtype="str")})


def desired_values(people: pd.DataFrame, fields: Fields, schema: ObjectSchema) -> DesiredValues:
    """Apply one level of the mapping to `people` (numbered rows, columns: attributes)."""
    values: dict[str, pd.Series] = {}
    notes = []
    for name, rule in fields.items():
        if schema.has(name):
            values[name], of_field = _desired_field(people, rule, schema.fields[name])
            notes += of_field
    told = [note for note in notes if note is not None]
    joined = pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=NOTE_COLUMNS)
    return DesiredValues(pd.DataFrame(values, index=people.index, dtype="str"), joined)


def _desired_field(people: pd.DataFrame, rule: FieldRule, info: FieldInfo) -> tuple[pd.Series, list]:
    """Values that the field takes, and a note for each that it does not take as it was given."""
    wanted, unfit = _wanted(people, rule, info)
    wanted, large = _in_range(wanted, info)
    wanted, dropped = _spelled(wanted, info)
    wanted, beyond = _fitted(wanted, info)
    effect = "longer than {} characters: field left out" if info.type in WHOLE else "cut to {} characters"
    told = {
        f"not a {KINDS.get(info.type)}: field left out": unfit,
        f"more than {info.whole_digits} digits before the point: field left out": large,
        "value not in the restricted picklist: field left out": dropped,
        effect.format(info.length): beyond,
    }
    return wanted, [_note(rows, info.name, note) for note, rows in told.items()]


def _wanted(people: pd.DataFrame, rule: FieldRule, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Canonical values, and which of the given ones have none in this field's type."""
    none = pd.Series(False, index=people.index)
    if rule.attribute is None:
        constant = normalize.canonical(pd.Series([rule.value]), info).iloc[0]
        return pd.Series(constant, index=people.index, dtype="str"), none
    column = attribute_column(rule.attribute)
    if column not in people:
        return pd.Series(None, index=people.index, dtype="str"), none
    given = people[column]
    if info.type == "date" and ZONE in people and normalize.is_time(given):
        given = normalize.local_dates(given, people[ZONE])
    if given.dtype == "str" and normalize.is_plain(info):  # tidied: clean already
        return given, none
    wanted = normalize.canonical(given, info)
    return wanted, given.notna() & wanted.isna() if info.type in KINDS else none


def _in_range(wanted: pd.Series, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Numbers that the field can hold, and which it cannot."""
    if not info.is_number or info.whole_digits is None:
        return wanted, pd.Series(False, index=wanted.index)
    large = pd.to_numeric(wanted, errors="coerce").abs() >= 10.0**info.whole_digits
    large = large.fillna(False).astype(bool)
    return wanted.mask(large), large


def _fitted(wanted: pd.Series, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Values that fit the field, and which did not."""
    long = wanted.str.len() > info.length if info.is_text and info.length else pd.Series(False, index=wanted.index)
    long = long.fillna(False).astype(bool)
    if not long.any():
        return wanted, long
    return wanted.mask(long, None if info.type in WHOLE else normalize.fit(wanted[long], info)), long


def with_fallbacks(
    values: pd.DataFrame, fields: Fields, schema: ObjectSchema, literal: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill required fields that are empty at creation (R18) and find what cannot be created.

    Returns:
        the completed values, and `missing`: field names by row number, of rows that still lack required fields.
    """
    filled = values.copy()
    missing = pd.Series("", index=values.index, dtype="str")
    for info in schema.required():
        if info.type == "reference":  # set by the rules themselves, e.g. CampaignId
            continue
        own = filled[info.name] if info.name in filled else pd.Series(None, index=values.index, dtype="str")
        fallback = placeholder(info, fields.get(info.name), literal)
        if fallback is not None:
            own = own.fillna(fallback)
        filled[info.name] = own
        missing = missing.mask(own.isna(), missing + info.name + " ")
    return filled, missing[missing != ""].str.strip()


def placeholder(info: FieldInfo, rule: FieldRule | None, literal: str) -> str | None:
    """What a required field gets where there is no value, as Salesforce stores it: the field's own fallback, else the
    general one for standard text fields (Q10). None where the field gets none."""
    if not info.required or info.type == "reference":
        return None
    given = rule.fallback if rule else None
    if given is None and not info.custom and info.is_text and not info.restricted and info.type != "email":
        given = literal
    if given is None:
        return None
    spelled, _ = _spelled(normalize.canonical(pd.Series([given]), info), info)
    fitted = normalize.fit(spelled, info).iloc[0]
    return None if pd.isna(fitted) else fitted


def _spelled(wanted: pd.Series, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Values that the org knows in its spelling. Others become null and are reported where the picklist is restricted;
    any other field takes them as they are."""
    if not info.values:
        return wanted, pd.Series(False, index=wanted.index)
    spelling = {value.lower(): value for value in info.values}
    if info.type == "multipicklist":
        known = wanted.map(lambda text: _known_choices(text, spelling, info.restricted), na_action="ignore")
        known = known.astype("str")
    else:
        known = wanted.str.lower().map(spelling).astype("str")
        known = known if info.restricted else known.fillna(wanted)
    return known, wanted.notna() & known.isna()


def _known_choices(text: str, spelling: dict[str, str], restricted: bool) -> str | None:
    """All choices or none where the picklist is restricted: half an answer is another answer."""
    given = text.split(";")
    if restricted and any(part.lower() not in spelling for part in given):
        return None
    return normalize.one_order(spelling.get(part.lower(), part) for part in given)


def _note(rows: pd.Series, name: str, note: str) -> pd.DataFrame | None:
    return pd.DataFrame({"row": rows.index[rows], "field": name, "note": note}) if rows.any() else None
