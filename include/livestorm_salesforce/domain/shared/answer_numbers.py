"""Numbers as people write them: `1 200,50`, `1,200.50`, `1.200,50 €`, `-3 %`."""

from __future__ import annotations

import re

#: Languages that write a comma before decimals.
_COMMA = "bg ca cs da de el es fi fr hr hu id it lt lv nb nl no pl pt ro ru sk sl sv tr uk vi"
COMMA = frozenset(_COMMA.split())
#: Languages that write a point before decimals and commas between thousands.
POINT = frozenset(["en", "he", "ja", "ko", "th", "zh"])
BLANK = " \u00a0\u2009\u202f"
CURRENCY = r"(?:[€$£¥]|EUR|USD|GBP|CHF|CAD)?"
NUMBER = re.compile(
    rf"{CURRENCY}[{BLANK}]*([+\-\u2212]?)[{BLANK}]*{CURRENCY}[{BLANK}]*([0-9.,][0-9.,'\u2019{BLANK}]*?)"
    rf"[{BLANK}]*(?:{CURRENCY}|%)",
    re.IGNORECASE,
)
#: Thousands separated by blanks or apostrophes, then perhaps decimals.
SPACED = re.compile(rf"[0-9]{{1,3}}(?:([{BLANK}'\u2019])[0-9]{{3}})(?:\1[0-9]{{3}})*(?:[.,][0-9]+)?")
SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,3}")


def parse_number(answer: str, language: str) -> str | None:
    """The number with a point before decimals, or None if it is not a number or has two meanings.

    Args:
        language: of the form, such as `fr` or `en-GB`; empty if unknown.
    """
    text = answer.strip()
    if SCIENTIFIC.fullmatch(text):
        return text
    match = NUMBER.fullmatch(text)
    body = match and _with_point(match[2], language.partition("-")[0].lower())
    if not match or not body or not re.fullmatch(r"[0-9]*\.?[0-9]+|[0-9]+\.", body):
        return None
    return ("-" if match[1] in ("-", "\u2212") and match[1] else "") + body


def _with_point(body: str, language: str) -> str | None:
    if re.search(rf"[{BLANK}'\u2019]", body):
        if not SPACED.fullmatch(body):
            return None
        return re.sub(rf"[{BLANK}'\u2019]", "", body).replace(",", ".")
    marks = re.findall(r"[.,]", body)
    if len(set(marks)) == 2:
        return _grouped(body, marks[0], marks[-1])
    if len(marks) > 1:
        return _grouped(body, marks[0], "")
    return _with_one_mark(body, marks[0], language) if marks else body


def _with_one_mark(body: str, mark: str, language: str) -> str | None:
    """One comma or point. Before three digits it separates thousands or decimals: the language decides."""
    decimal = body.replace(mark, ".")
    if not re.fullmatch(rf"[1-9][0-9]{{0,2}}{re.escape(mark)}[0-9]{{3}}", body):
        return decimal
    if mark == ",":
        return body.replace(",", "") if language in POINT else decimal if language in COMMA else None
    return None if language in COMMA else decimal


def _grouped(body: str, separator: str, decimal: str) -> str | None:
    """Thousands separated by one mark, decimals by another (or none)."""
    whole, _, rest = body.partition(decimal) if decimal else (body, "", "")
    if not re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(separator)}[0-9]{{3}})+", whole) or (rest and not rest.isdigit()):
        return None
    return whole.replace(separator, "") + (f".{rest}" if rest else "")
