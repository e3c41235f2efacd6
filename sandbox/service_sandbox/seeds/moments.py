"""Moments in seed files: an instant, or a distance from the seed's start such as `+2h` or `-3d 12h`."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

STEP = re.compile(r"([+-])\s*((?:\d+(?:\.\d+)?\s*[dhms]\s*)+)")
PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def moment(value: Any, start: datetime) -> datetime:
    """An aware datetime of epoch seconds, an ISO 8601 text (UTC without a zone), or a distance from `start`.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    step = STEP.fullmatch(str(value).strip())
    if step:
        length = sum((timedelta(**{UNITS[unit]: float(number)}) for number, unit in PART.findall(step[2])), timedelta())
        return start + length if step[1] == "+" else start - length
    try:
        return moment(datetime.fromisoformat(str(value)), start)
    except ValueError:
        raise ValueError(
            f"{value!r} is no moment: give ISO 8601, epoch seconds, or a distance like +2h or -3d"
        ) from None
