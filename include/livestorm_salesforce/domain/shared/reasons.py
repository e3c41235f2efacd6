"""Rules as a list of (rows, reason): the first rule that applies gives the reason. No code depends on its text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

Rules = Sequence[tuple[pd.Series | np.ndarray, str]]


def first_reason(rules: Rules, default: str, index: pd.Index) -> pd.Series:
    """The reason of the first rule that applies to each row; a rule that is null for a row does not apply."""
    masks = [pd.Series(rows, index=index).fillna(False).to_numpy(dtype=bool) for rows, _ in rules]
    reasons = pd.array([*(reason for _, reason in rules), default], dtype="str")
    chosen = np.select(masks, range(len(rules)), len(rules))
    return pd.Series(reasons.take(chosen), index=index)
