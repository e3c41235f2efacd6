"""Salesforce record ids: 15 case-sensitive characters, or 18 characters with a checksum that makes case irrelevant.

An id consists of a key prefix (3 characters, identifies the object), the instance (3) and the record (9), all base 62.
The last three characters of the long form contain one bit per character (capital or not), in the alphabet A-Z 0-5.
"""

import re

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
INSTANCE = "5j0"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5a-z]{3})?")


def base62(number: int, width: int) -> str:
    """Returns `number` in base 62, padded with zeros to `width` characters."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text.rjust(width, "0")


def suffix(short: str) -> str:
    """Returns the three checksum characters of a 15-character id."""
    out = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, char in enumerate(short[start : start + 5]) if "A" <= char <= "Z")
        out += CHECK[bits]
    return out


def make(prefix: str, number: int) -> str:
    """Returns the 18-character id of record `number` of the object with this key prefix."""
    short = prefix + INSTANCE + base62(number, 9)
    return short + suffix(short)


def canonical(text: object) -> str | None:
    """Returns the 18-character form of a valid id of either length, or None.

    The long form is case-insensitive, as Salesforce documents: its checksum determines which letters are capitals.
    """
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        return None
    if len(text) == 15:
        return text + suffix(text)
    check = text[15:].upper()
    if any(char not in CHECK for char in check):
        return None
    bits = [CHECK.index(check[place // 5]) >> (place % 5) & 1 for place in range(15)]
    short = "".join(char.upper() if bit else char.lower() for char, bit in zip(text[:15], bits, strict=True))
    return short + check if suffix(short) == check else None
