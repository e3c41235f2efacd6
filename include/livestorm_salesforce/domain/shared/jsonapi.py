"""JSON:API resources of Livestorm as columns.

Times are epoch seconds, and `0` means never. They become UTC timestamps or null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.shared import normalize

MAX_SECONDS = 253_402_300_800  # the year 10000; larger values are not times
MAX_COUNT = 1_000_000_000  # larger values are no counts of people or seconds


def attributes_of(resources: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row per resource: `id` and a column per attribute."""
    attributes = pd.DataFrame([resource.get("attributes") or {} for resource in resources], dtype="object")
    ids = pd.Series([str(resource["id"]) for resource in resources], dtype="str")
    return attributes.drop(columns="id", errors="ignore").assign(id=ids)


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="object")


def nested(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    objects = column(frame, name)
    documents = [value if type(value) is dict else {} for value in objects]
    return pd.DataFrame(documents, index=frame.index, dtype="object")


def number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").astype("float64")


def count(values: pd.Series) -> pd.Series:
    """Numbers from 0 to `MAX_COUNT`; others are null."""
    numbers = number(values)
    return numbers.where(numbers.between(0, MAX_COUNT))


def flag(values: pd.Series) -> pd.Series:
    return normalize.boolean(values) == "true"


def time(values: pd.Series) -> pd.Series:
    """Epoch seconds (0 = never) or, leniently, ISO text, as UTC timestamps."""
    seconds = number(values)
    known = seconds.where((seconds > 0) & (seconds < MAX_SECONDS))
    times = pd.to_datetime(known, unit="s", utc=True).dt.as_unit("ms")
    written = seconds.isna() & values.notna()
    if not written.any():
        return times
    parsed = pd.to_datetime(normalize.text(values[written]), utc=True, errors="coerce", format="ISO8601")
    return times.fillna(parsed.dt.as_unit("ms").reindex(values.index))
