"""Desired against current, field by field, under each field's write policy. Nothing to do is the commonest answer."""

from __future__ import annotations

import pandas as pd

from include.livestorm_salesforce.config.mapping import Fields
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.schema import FieldInfo, ObjectSchema

DIFFERENCE_COLUMNS = ["id", "field", "before", "after"]


def current_values(records: pd.DataFrame, name: str, schema: ObjectSchema) -> pd.Series:
    """The current values of one field in canonical form; all null where the org or the reading has no such field."""
    if name not in records or not schema.has(name):
        return pd.Series(None, index=records.index, dtype="str")
    return canon.canonical(records[name], schema.fields[name])


def differences(desired: pd.DataFrame, records: pd.DataFrame, rules: Fields, schema: ObjectSchema) -> pd.DataFrame:
    """What to write on existing records: one row per record and field that differs.

    An empty desired value never writes. `fill_blank` writes only over nothing, `create_only` never (design, write
    policies).

    Args:
        desired: canonical values, rows numbered. records: the same rows as Salesforce gave them.
    """
    pieces = []
    for name in desired.columns if len(desired) else ():
        policy = rules[name].policy if name in rules else "overwrite"
        if policy != "create_only" and schema.fields[name].updateable:
            pieces.append(_differences_of(desired[name], records, name, policy, schema))
    return stack([piece for piece in pieces if piece is not None])


def _differences_of(
    wanted: pd.Series, records: pd.DataFrame, name: str, policy: str, schema: ObjectSchema
) -> pd.DataFrame | None:
    """Only what is not the same at first sight is brought into canonical form: it is few, as a rule."""
    info = schema.fields[name]
    open_rows = wanted.notna() & ~_plainly_same(wanted, records, name, info)
    if not open_rows.any():
        return None
    wanted = wanted[open_rows]
    before = current_values(records[open_rows], name, schema)
    write = canon.comparable(wanted, info) != canon.comparable(before, info)
    if policy == "fill_blank":
        write &= before.isna()
    columns = {"id": wanted.index[write], "field": name, "before": before[write], "after": wanted[write]}
    return pd.DataFrame(columns, columns=DIFFERENCE_COLUMNS).astype({"field": "str"})


def _plainly_same(wanted: pd.Series, records: pd.DataFrame, name: str, info: FieldInfo) -> pd.Series:
    if name not in records or not info.is_text:
        return pd.Series(False, index=wanted.index)
    return wanted == canon.as_text(records[name])


def creations(desired: pd.DataFrame, schema: ObjectSchema) -> pd.DataFrame:
    """All non-empty values of records to be made, in the same long form."""
    names = [name for name in desired.columns if schema.fields[name].createable]
    long = desired[names].rename_axis("id").reset_index().melt("id", var_name="field", value_name="after")
    return long.dropna(subset="after").assign(before=None).astype({"before": "str"})[DIFFERENCE_COLUMNS]


def stack(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [piece for piece in pieces if not piece.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=DIFFERENCE_COLUMNS)
