"""Hash joins between text columns, in Arrow.

`Series.isin` and `Series.map` convert Arrow text to Python objects one by one, which takes most of the time at 100,000
rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Texts = pd.Series | pd.Index


def to_arrow(values: Texts) -> pa.Array:
    """Text as one Arrow array."""
    made = pa.array(values, type=pa.large_string(), from_pandas=True)
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def index_of(values: Texts, keys: Texts) -> np.ndarray:
    """Row number of each value in `keys` (the first of several); -1 if it is absent or null."""
    found = pc.index_in(to_arrow(values), value_set=to_arrow(keys), skip_nulls=True)
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype="int64")


def isin(values: pd.Series, keys: Texts) -> pd.Series:
    """Whether each value is among `keys`; False for null."""
    return pd.Series(index_of(values, keys) >= 0, index=values.index)


def extended(chosen: pd.Series[bool], eligible: pd.Series[bool], keys: pd.Series[str]) -> pd.Series[bool]:
    """The chosen rows, and the eligible rows that have the key of a chosen one. Rows without a key have none."""
    others = eligible & ~chosen
    if chosen.any() and others.any():
        others[others] = isin(keys[others], keys[chosen])
        return chosen | others
    return chosen.copy()


def take_rows(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """Rows by their numbers, in this order, with a new index; a row of nulls for -1."""
    return frame.reset_index(drop=True).reindex(rows).reset_index(drop=True)


def lookup(values: pd.Series, keys: Texts, results: pd.Series) -> pd.Series:
    """The value of `results` at each value's key, null if the key is absent; index of `values`."""
    picked = results.reset_index(drop=True).reindex(index_of(values, keys))
    return picked.set_axis(values.index)
