"""Desired against current, field by field, under each field's write policy. Nothing to do is the commonest answer."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.mapping import FieldRule, Fields
from livestorm_salesforce.domain.plan.desired_state import placeholder
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema

DIFFERENCE_COLUMNS = ["row", "field", "before", "after"]


def current_values(records: pd.DataFrame, name: str, schema: ObjectSchema) -> pd.Series:
    """The current values of one field in canonical form; all null where the org or the reading has no such field."""
    if name not in records or not schema.has(name):
        return pd.Series(None, index=records.index, dtype="str")
    return normalize.canonical(records[name], schema.fields[name])


def diff_fields(
    desired: pd.DataFrame, records: pd.DataFrame, rules: Fields, schema: ObjectSchema, literal: str
) -> pd.DataFrame:
    """What to write on existing records: one row per record and field that differs.

    An empty desired value never writes. `fill_blank` writes only over nothing, `create_only` never (design, write
    policies). Our own fallback in a field that Salesforce requires is nothing (R18).

    Args:
        desired: canonical values, rows numbered. records: the same rows as Salesforce gave them. literal: the general
            fallback.
    """
    pieces = []
    for name in desired.columns if len(desired) else ():
        info, rule = schema.fields[name], rules.get(name)
        if info.updateable and not (rule and rule.policy == "create_only"):
            piece = _diff_field(desired[name], records, name, schema)
            fills = rule and rule.policy == "fill_blank"
            pieces.append(_over_nothing(piece, info, rule, literal) if fills else piece)
    return concat_differences(pieces)


def _over_nothing(rows: pd.DataFrame, info: FieldInfo, rule: FieldRule, literal: str) -> pd.DataFrame:
    """The field may have got its own fallback since the general one was written."""
    ours = {placeholder(info, rule, literal), placeholder(info, None, literal)} - {None}
    return rows[rows["before"].isna() | rows["before"].isin(ours)]


def _diff_field(wanted: pd.Series, records: pd.DataFrame, name: str, schema: ObjectSchema) -> pd.DataFrame:
    """Only what is not the same at first sight is brought into canonical form: it is few, as a rule."""
    info = schema.fields[name]
    open_rows = wanted.notna() & ~_plainly_same(wanted, records, name, info)
    if not open_rows.any():
        return pd.DataFrame(columns=DIFFERENCE_COLUMNS)
    wanted = wanted[open_rows]
    before = current_values(records[open_rows], name, schema)
    write = normalize.comparable(wanted, info) != normalize.comparable(before, info)
    columns = {"row": wanted.index[write], "field": name, "before": before[write], "after": wanted[write]}
    return pd.DataFrame(columns, columns=DIFFERENCE_COLUMNS).astype({"field": "str"})


def _plainly_same(wanted: pd.Series, records: pd.DataFrame, name: str, info: FieldInfo) -> pd.Series:
    if name not in records or not info.is_text:
        return pd.Series(False, index=wanted.index)
    return wanted == normalize.as_text(records[name])


def creation_fields(desired: pd.DataFrame, schema: ObjectSchema) -> pd.DataFrame:
    """All non-empty values of records to be made, in the same long form."""
    names = [name for name in desired.columns if schema.fields[name].createable]
    long = desired[names].rename_axis("row").reset_index().melt("row", var_name="field", value_name="after")
    return long.dropna(subset="after").assign(before=None).astype({"before": "str"})[DIFFERENCE_COLUMNS]


def concat_differences(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [piece for piece in pieces if not piece.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=DIFFERENCE_COLUMNS)
