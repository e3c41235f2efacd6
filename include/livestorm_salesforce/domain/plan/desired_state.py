"""The desired state: attribute columns become Salesforce field values in canonical form, as the mapping defines."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from livestorm_salesforce.config.attributes import INDIVISIBLE
from livestorm_salesforce.config.field_rules import FieldRule, Fields
from livestorm_salesforce.domain.plan.picklists import org_spelling
from livestorm_salesforce.domain.shared import answers, normalize, text_length
from livestorm_salesforce.domain.shared.attribute_columns import LANGUAGE, ZONE, attribute_column
from livestorm_salesforce.domain.shared.org_schema import NUMBER_TYPES, FieldInfo, ObjectSchema

NOTE_COLUMNS = ["row", "field", "note"]
#: Types whose values are cut if they are too long. Others are left out: half a number, address or choice is another
#: value (field A19).
DIVISIBLE = ("string", "textarea")
#: Name of the expected value in the note of a value that cannot be converted, by field type.
EXPECTED = {"boolean": "boolean", "date": "date", "datetime": "date and time", **dict.fromkeys(NUMBER_TYPES, "number")}


def _no_notes() -> pd.DataFrame:
    return pd.DataFrame(columns=NOTE_COLUMNS, dtype="str")


@dataclass(frozen=True)
class DesiredValues:
    """Desired field values of some records.

    Attributes:
        values: numbered rows, one `str` column per Salesforce field, in canonical form.
        notes: values that were cut or left out: row, field, note.
    """

    values: pd.DataFrame
    notes: pd.DataFrame = field(default_factory=_no_notes)


def newest_values(registrations: pd.DataFrame, by: str, columns: list[str]) -> pd.DataFrame:
    """Per value of `by` and column, the newest non-empty value: an empty answer erases nothing (Q11).

    Returns:
        one row per value of `by`, sorted, with the columns and `by`.
    """
    codes, keys = pd.factorize(registrations[by], sort=True)
    present = [column for column in columns if column in registrations]
    rows = registrations[list(dict.fromkeys(["registered_at", "session_id", "person_id", *present]))].assign(at=codes)
    several = rows["at"].duplicated(keep=False)
    newest = rows[~several].set_index("at")[present]
    if several.any():
        ordered = rows[several].sort_values(["at", "registered_at", "session_id", "person_id"], na_position="first")
        newest = pd.concat([newest, ordered.groupby("at")[present].last()])
    newest = newest.sort_index()
    return newest.reindex(columns=columns).assign(**{by: pd.Series(keys, index=newest.index, dtype="str")})


def hint_column(column: str) -> str:
    """The column with the language and zone of the form of an answer. No slug of a form contains a blank."""
    return f"{column} hint"


def with_hints(registrations: pd.DataFrame, fields: Fields, schema: ObjectSchema) -> pd.DataFrame:
    """Registrations with a hint (`answers.hint`) per answer that a field of this level converts.

    Args:
        registrations: columns `language` and `zone` of the session, and attribute columns.
    """
    parsed = [rule.attribute for name, rule in fields.items() if schema.has(name) and _is_parsed(rule, schema, name)]
    columns = {attribute_column(attribute) for attribute in parsed if attribute}
    given = [column for column in sorted(columns) if column in registrations and registrations[column].dtype == "str"]
    if not given or LANGUAGE not in registrations:
        return registrations
    hints = answers.hint(registrations[LANGUAGE], registrations[ZONE])
    return registrations.assign(**{hint_column(name): hints.where(registrations[name].notna()) for name in given})


def _is_parsed(rule: FieldRule, schema: ObjectSchema, name: str) -> bool:
    return rule.attribute is not None and answers.is_parsed(schema.fields[name])


def is_divisible(rule: FieldRule, info: FieldInfo) -> bool:
    """Whether a value that is too long may be cut: text that is not a number, an address or an id."""
    return info.type in DIVISIBLE and rule.attribute is not None and rule.attribute not in INDIVISIBLE


def desired_values(rows: pd.DataFrame, fields: Fields, schema: ObjectSchema) -> DesiredValues:
    """Apply one level of the mapping. Fields that the org does not have are left out.

    Args:
        rows: numbered rows with attribute columns.
    """
    values: dict[str, pd.Series] = {}
    notes: list[pd.DataFrame] = []
    for name, rule in fields.items():
        if schema.has(name):
            values[name], rejected = _field_values(rows, rule, schema.fields[name])
            notes += [_note(affected, name, note) for note, affected in rejected.items() if affected.any()]
    frame = pd.DataFrame(values, index=rows.index, dtype="str")
    return DesiredValues(frame, pd.concat(notes, ignore_index=True)) if notes else DesiredValues(frame)


def _note(affected: pd.Series, name: str, note: str) -> pd.DataFrame:
    return pd.DataFrame({"row": affected.index[affected], "field": name, "note": note})


def _field_values(rows: pd.DataFrame, rule: FieldRule, info: FieldInfo) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Values that the field accepts, and per note the rows whose value was cut or left out."""
    desired, invalid = _converted(rows, rule, info)
    desired, too_large = _within_digits(desired, info)
    desired, unlisted = org_spelling(desired, info)
    divisible = is_divisible(rule, info)
    desired, too_long = _within_length(desired, info, divisible=divisible)
    effect = "cut to {} characters" if divisible else "longer than {} characters: field left out"
    return desired, {
        f"not a {EXPECTED.get(info.type)}: field left out": invalid,
        f"more than {info.whole_digits} digits before the point: field left out": too_large,
        "value not in the restricted picklist: field left out": unlisted,
        effect.format(info.length): too_long,
    }


def _converted(rows: pd.DataFrame, rule: FieldRule, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Values in the canonical form of the field's type, and the rows whose value cannot be converted."""
    none = pd.Series(False, index=rows.index)
    if rule.attribute is None:
        constant = normalize.canonical(pd.Series([rule.value]), info).iloc[0]
        return pd.Series(constant, index=rows.index, dtype="str"), none
    column = attribute_column(rule.attribute)
    if column not in rows:
        return pd.Series(None, index=rows.index, dtype="str"), none
    given = rows[column]
    if info.type == "date" and ZONE in rows and normalize.is_time(given):
        given = normalize.local_dates(given, rows[ZONE])
    if given.dtype == "str":
        return _converted_text(given, rows.get(hint_column(column)), rule, info)
    desired = normalize.canonical(given, info)
    return desired, given.notna() & desired.isna() if info.type in EXPECTED else none


def _converted_text(
    given: pd.Series, hints: pd.Series | None, rule: FieldRule, info: FieldInfo
) -> tuple[pd.Series, pd.Series]:
    """`_converted` of text, which is clean already: answers in the form's language, replaced by the `values:` table."""
    translated = answers.translate(given, rule.values) if rule.values else given
    none = pd.Series(False, index=given.index)
    if normalize.is_plain(info):
        return translated, none
    if not answers.is_parsed(info):
        return normalize.canonical(translated, info), none
    if rule.language:
        hints = _with_language(hints, rule.language, given.index)
    desired = answers.convert(translated, hints, info)
    return desired, normalize.text(translated).notna() & desired.isna()


def _with_language(hints: pd.Series | None, language: str, index: pd.Index) -> pd.Series:
    """Hints with the language of the rule instead of the form's."""
    zones = pd.Series(None, index=index, dtype="str") if hints is None else hints.str.partition(" ")[2]
    return answers.hint(pd.Series(language, index=index, dtype="str"), zones)


def _within_digits(desired: pd.Series, info: FieldInfo) -> tuple[pd.Series, pd.Series]:
    """Numbers that the field can store, and the rows of larger ones."""
    if not info.is_number or info.whole_digits is None:
        return desired, pd.Series(False, index=desired.index)
    large = pd.to_numeric(desired, errors="coerce").abs() >= 10.0**info.whole_digits
    large = large.fillna(False).astype(bool)
    return desired.mask(large), large


def _within_length(desired: pd.Series, info: FieldInfo, *, divisible: bool) -> tuple[pd.Series, pd.Series]:
    """Values that fit the field, cut or left out if longer, and the rows of longer ones."""
    if not info.is_text or info.length <= 0:
        return desired, pd.Series(False, index=desired.index)
    long = text_length.longer_than(desired, info.length)
    if not long.any():
        return desired, long
    shorter = desired[long].map(lambda text: text_length.cut(text, info.length)) if divisible else None
    return desired.mask(long, shorter), long
