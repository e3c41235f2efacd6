"""Dates and times as people write them: `05/11/2026`, `5 novembre 2026 à 14h30`, `November 5, 2026`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

#: Regions whose English writes the month first.
MONTH_FIRST = ("en", "en-us", "en-ca", "en-ph")
#: Languages whose numeric dates are written day first.
_DAY_FIRST = "bg ca cs da de el en es fi fr he hr id it nb nl no pl pt ro ru sk sl sv th tr uk vi"
DAY_FIRST = frozenset(_DAY_FIRST.split())
MONTHS = (
    "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars", "april apr avril avr",
    "may mai", "june jun juin", "july jul juillet juil", "august aug aout", "september sep sept septembre",
    "october oct octobre", "november nov novembre", "december dec decembre",
)  # fmt: skip
MONTH_OF = {word: number for number, words in enumerate(MONTHS, 1) for word in words.split()}
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
NUMERIC = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})(?!\d)")
DAY_MONTH = re.compile(
    r"(\d{1,2})(?:er|st|nd|rd|th)?[\s-]+(?:of\s+)?([^\W\d_]+)\.?,?[\s-]+(\d{4})(?!\d)", re.IGNORECASE
)
MONTH_DAY = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)", re.IGNORECASE)
WEEKDAY = re.compile(
    r"(?:le\s+)?(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?)\.?,?\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"[\s,]*(?:T|à|at)?\s*(\d{1,2})(?:\s*[:h]\s*(\d{2})?(?::(\d{2})(?:\.\d+)?)?)?\s*([ap])?\.?(?:m\.?)?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
YEARS = range(1700, 4001)  # of date fields (object reference: Primitive Data Types)


def parse_date(answer: str, language: str) -> str | None:
    """The day as `2026-11-05`, or None if it is not a date or has two meanings.

    Args:
        language: of the form, such as `fr` or `en-GB`; empty if unknown.
    """
    found = _day_and_rest(answer, language)
    if found is None or (found[1].strip() and _clock(found[1]) is None):
        return None
    return found[0].isoformat()


def parse_datetime(answer: str, language: str, zone: str) -> str | None:
    """The moment in UTC as ISO text, or None. A day without time is its start.

    Args:
        zone: in which a time without offset is read; UTC if it is empty or unknown.
    """
    found = _day_and_rest(answer, language)
    clock = _clock(found[1]) if found else None
    if found is None or clock is None:
        return None
    hour, offset = clock
    moment = datetime.combine(found[0], hour, offset or _zone(zone))
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day_and_rest(answer: str, language: str) -> tuple[date, str] | None:
    text = WEEKDAY.sub("", unicodedata.normalize("NFC", answer).strip(), count=1)
    for length, year, month, day in _readings(text, language.lower()):
        if month and year in YEARS:
            try:
                return date(year, month, day), text[length:]
            except ValueError:
                return None
    return None


def _readings(text: str, language: str) -> Iterator[tuple[int, int, int, int]]:
    """Length of the date, year, month (0: unknown) and day of each form that the text has."""
    if match := YEAR_FIRST.match(text):
        yield match.end(), int(match[1]), int(match[3]), int(match[4])
    elif match := NUMERIC.match(text):
        day, month = _order(int(match[1]), int(match[3]), match[2], language)
        yield match.end(), int(match[4]), month, day
    elif match := DAY_MONTH.match(text):
        yield match.end(), int(match[3]), _month(match[2]), int(match[1])
    elif match := MONTH_DAY.match(text):
        yield match.end(), int(match[3]), _month(match[1]), int(match[2])


def _order(first: int, second: int, mark: str, language: str) -> tuple[int, int]:
    """Day and month; month 0 if the order is not known."""
    if first > 12 or first == second or mark == ".":
        return first, second
    if second > 12 or language in MONTH_FIRST:
        return second, first
    return (first, second) if language.partition("-")[0] in DAY_FIRST else (first, 0)


def _month(word: str) -> int:
    bare = unicodedata.normalize("NFD", word.lower())
    return MONTH_OF.get("".join(char for char in bare if not unicodedata.combining(char)), 0)


def _clock(rest: str) -> tuple[time, tzinfo | None] | None:
    """Time and offset after a date; None if the rest is something else."""
    if not rest.strip():
        return time(), None
    match = CLOCK.fullmatch(rest)
    if match is None:
        return None
    hour, half = int(match[1]), (match[4] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match[2] or 0), int(match[3] or 0)), _offset(match[5])
    except ValueError:
        return None


def _offset(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written.upper() in ("Z", "UTC"):
        return UTC
    minutes = 60 * int(written[1:3]) + int(written[-2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC
