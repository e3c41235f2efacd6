"""Length of text in UTF-16 code units, the strictest unit an org may use (field A10): an emoji counts as two."""

from __future__ import annotations

import pandas as pd

JOINER = "\u200d"  # joins emoji; at the end of a cut text it joins nothing


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def longer_than(values: pd.Series, limit: int) -> pd.Series:
    """Whether each value has more than `limit` UTF-16 code units; False for null."""
    long = values.str.len() > limit / 2  # shorter ones fit, whatever their characters
    long = long.fillna(False).astype(bool)
    if long.any():
        long[long] = values[long].map(utf16_units) > limit
    return long


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 code units, between characters, without blanks at the end."""
    kept = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    return kept.rstrip(JOINER).strip()
