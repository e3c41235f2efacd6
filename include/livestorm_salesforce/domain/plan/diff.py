"""The diff of desired and current values, field by field, under each field's write policy."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.field_rules import FieldRule, Fields
from livestorm_salesforce.domain.plan.required_fields import fallback_value
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema
from livestorm_salesforce.enums import WritePolicy

DIFFERENCE_COLUMNS = ["row", "field", "before", "after"]


def current_values(records: pd.DataFrame, name: str, schema: ObjectSchema) -> pd.Series:
    """Current values of one field in canonical form; null if the org does not have the field or it was not read."""
    if name not in records or not schema.has(name):
        return pd.Series(None, index=records.index, dtype="str")
    return normalize.canonical(records[name], schema.fields[name])


def diff_fields(
    desired: pd.DataFrame, records: pd.DataFrame, rules: Fields, schema: ObjectSchema, default: str
) -> pd.DataFrame:
    """Fields to write on existing records: one row per record and field, columns `DIFFERENCE_COLUMNS`.

    An empty desired value is never written. Write policies: see `WritePolicy`.

    Args:
        desired: canonical values, numbered rows.
        records: the same rows as Salesforce returned them.
        default: the general fallback of the mapping.
    """
    frames = []
    for name in desired.columns if len(desired) else ():
        info, rule = schema.fields[name], rules.get(name)
        policy = rule.policy if rule else WritePolicy.OVERWRITE
        if info.updateable and policy != WritePolicy.CREATE_ONLY:
            rows = _diff_field(desired[name], records, name, schema)
            frames.append(_over_blanks(rows, info, rule, default) if policy == WritePolicy.FILL_BLANK else rows)
    return concat_differences(frames)


def _over_blanks(rows: pd.DataFrame, info: FieldInfo, rule: FieldRule | None, default: str) -> pd.DataFrame:
    """Differences over an empty field (`normalize.is_empty`), or over this project's fallback in a required one: the
    field's own, or the general one, which may be older (R18)."""
    fallbacks = {fallback_value(info, rule, default), fallback_value(info, None, default)} - {None}
    return rows[normalize.is_empty(rows["before"], info) | rows["before"].isin(fallbacks)]


def _diff_field(desired: pd.Series, records: pd.DataFrame, name: str, schema: ObjectSchema) -> pd.DataFrame:
    """Differences of one field. Only values that are not equal as text are converted, which usually are few."""
    info = schema.fields[name]
    open_rows = desired.notna() & ~_equal_as_text(desired, records, name, info)
    if not open_rows.any():
        return pd.DataFrame(columns=DIFFERENCE_COLUMNS)
    desired = desired[open_rows]
    before = current_values(records[open_rows], name, schema)
    write = normalize.comparable(desired, info) != normalize.comparable(before, info)
    return _differences(name, before[write], desired[write])


def _equal_as_text(desired: pd.Series, records: pd.DataFrame, name: str, info: FieldInfo) -> pd.Series:
    if name not in records or not info.is_text:
        return pd.Series(False, index=desired.index)
    return desired == normalize.as_text(records[name])


def creation_fields(desired: pd.DataFrame, schema: ObjectSchema) -> pd.DataFrame:
    """All non-empty values of records to create, columns `DIFFERENCE_COLUMNS` with an empty `before`."""
    frames = []
    for name in desired.columns:
        after = desired[name].dropna()
        if schema.fields[name].createable and len(after):
            frames.append(_differences(name, pd.Series(None, index=after.index, dtype="str"), after))
    return concat_differences(frames)


def _differences(name: str, before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Values of one field; their index holds the row numbers."""
    field = pd.Series([name], dtype="str").repeat(len(after)).set_axis(after.index)
    return pd.DataFrame({"row": after.index, "field": field, "before": before, "after": after})


def concat_differences(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if not frame.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=DIFFERENCE_COLUMNS)
