"""Look-ups between text columns of any length, by hash in Arrow.

`Series.isin` and `Series.map` turn Arrow text into Python objects one by one; at 100,000 rows that is most of the time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Texts = pd.Series | pd.Index


def _arrow(values: Texts) -> pa.Array:
    made = pa.array(values, type=pa.large_string(), from_pandas=True)
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def index_of(values: Texts, keys: Texts) -> np.ndarray:
    """The row number of each value in `keys` (the first, if there are several), -1 where it is not there or null."""
    found = pc.index_in(_arrow(values), value_set=_arrow(keys), skip_nulls=True)
    return found.fill_null(-1).to_numpy(zero_copy_only=False).astype("int64")


def isin(values: pd.Series, keys: Texts) -> pd.Series:
    """Which of the values are among `keys`; a null is not."""
    return pd.Series(index_of(values, keys) >= 0, index=values.index)


def take_rows(frame: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """The rows at these places, in this order, numbered anew; a row of nulls where the place is -1."""
    return frame.reset_index(drop=True).reindex(places).reset_index(drop=True)


def lookup(values: pd.Series, keys: Texts, answers: pd.Series) -> pd.Series:
    """The answer that stands beside each value's key, null where there is none; index of `values`."""
    picked = answers.reset_index(drop=True).reindex(index_of(values, keys))
    return picked.set_axis(values.index)
