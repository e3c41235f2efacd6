"""Salesforce record ids: 15 characters that mind case, or 18 with a checksum that repairs lost case.

An id is a key prefix of 3 characters (the object), 3 for the instance and 9 for the record, all base 62. The last
three of the long form hold one bit per character (capital or not), five bits each, in the alphabet A-Z 0-5.
"""

import re

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
INSTANCE = "5j0"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5a-z]{3})?")


def base62(number: int, width: int) -> str:
    """`number` in base 62, padded with zeros to `width` characters."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text.rjust(width, "0")


def suffix(short: str) -> str:
    """The three checksum characters of a 15-character id."""
    out = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, char in enumerate(short[start : start + 5]) if "A" <= char <= "Z")
        out += CHECK[bits]
    return out


def make(prefix: str, number: int) -> str:
    """The 18-character id of record `number` of the object with this key prefix."""
    short = prefix + INSTANCE + base62(number, 9)
    return short + suffix(short)


def canonical(text: object) -> str | None:
    """The 18-character form of a well-formed id of either length, or None.

    The long form is case-insensitive, as Salesforce documents: its checksum says which letters are capitals.
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
