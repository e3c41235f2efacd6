"""Desired against current, field by field, under each field's write policy. Nothing to do is the commonest answer."""

from __future__ import annotations

import pandas as pd

from include.livestorm_salesforce.config.mapping import Fields
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.schema import ObjectSchema

DIFFERENCE_COLUMNS = ["id", "field", "before", "after"]


def canonical_current(records: pd.DataFrame, fields: list[str], schema: ObjectSchema) -> pd.DataFrame:
    """The current values of `fields` in canonical form, one `str` column each; index as in `records`."""
    columns = {
        name: canon.canonical(records[name], schema.fields[name])
        for name in fields
        if schema.has(name) and name in records
    }
    return pd.DataFrame(columns, index=records.index, dtype="str")


def differences(desired: pd.DataFrame, current: pd.DataFrame, rules: Fields, schema: ObjectSchema) -> pd.DataFrame:
    """What to write on existing records: one row per record and field that differs.

    An empty desired value never writes. `fill_blank` writes only over nothing, `create_only` never (design, write
    policies). Both frames are canonical and share their index.
    """
    pieces = []
    for name in desired.columns:
        policy = rules[name].policy if name in rules else "overwrite"
        if policy == "create_only" or not schema.fields[name].updateable:
            continue
        pieces.append(_differences_of(desired[name], current, name, policy, schema))
    return stack(pieces)


def _differences_of(
    wanted: pd.Series, current: pd.DataFrame, name: str, policy: str, schema: ObjectSchema
) -> pd.DataFrame:
    before = current[name] if name in current else pd.Series(None, index=wanted.index, dtype="str")
    info = schema.fields[name]
    same = canon.comparable(wanted, info) == canon.comparable(before, info)
    write = wanted.notna() & ~same.fillna(False).astype(bool)
    if policy == "fill_blank":
        write &= before.isna()
    return long_form(wanted[write], before[write], name)


def long_form(after: pd.Series, before: pd.Series | None, name: str) -> pd.DataFrame:
    frame = after.rename("after").rename_axis("id").reset_index()
    frame["before"] = pd.Series(None, index=frame.index, dtype="str") if before is None else before.array
    return frame.assign(field=name)[DIFFERENCE_COLUMNS]


def creations(desired: pd.DataFrame, schema: ObjectSchema) -> pd.DataFrame:
    """All non-empty values of records to be made, in the same long form."""
    names = [name for name in desired.columns if schema.fields[name].createable]
    return stack([long_form(desired[name].dropna(), None, name) for name in names])


def stack(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=DIFFERENCE_COLUMNS, dtype="str")
    filled = [piece for piece in pieces if not piece.empty]
    return pd.concat(filled, ignore_index=True) if filled else empty
