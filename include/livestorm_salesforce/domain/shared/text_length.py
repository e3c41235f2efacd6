"""Length of text in UTF-16 code units, the strictest unit an org may use (field A10): an emoji counts as two.

Text is cut between the characters that a reader sees: a letter keeps its accents, an emoji its parts, a flag both
letters (Unicode Standard Annex 29, without Hangul syllables, which Livestorm's forms send composed).
"""

from __future__ import annotations

import unicodedata

import pandas as pd

JOINER = "\u200d"  # joins emoji
#: Tones of the skin, and the letters of tags that follow a flag.
MODIFIERS = (("\U0001f3fb", "\U0001f3ff"), ("\U000e0020", "\U000e007f"))
FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")


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
    """At most `limit` UTF-16 code units, between visible characters, without blanks at the end.

    A single visible character that is too long is cut between its code points.
    """
    kept = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    end = len(kept)
    while 0 < end < len(text) and _belongs_together(text, end):
        end -= 1
    return kept[:end].strip() or kept.rstrip(JOINER).strip()


def _belongs_together(text: str, at: int) -> bool:
    """Whether the code points before and after a position form one visible character."""
    before, after = text[at - 1], text[at]
    if JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if any(first <= after <= last for first, last in MODIFIERS):
        return True
    return _is_flag_letter(after) and _flag_letters_before(text, at) % 2 == 1


def _flag_letters_before(text: str, at: int) -> int:
    count = 0
    while count < at and _is_flag_letter(text[at - 1 - count]):
        count += 1
    return count


def _is_flag_letter(character: str) -> bool:
    return FLAG_LETTERS[0] <= character <= FLAG_LETTERS[1]
