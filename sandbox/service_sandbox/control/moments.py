"""Times in seed files: an instant, or an offset from the seed's start such as `+2h` or `-3d 12h`."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

OFFSET = re.compile(r"([+-])\s*((?:\d+(?:\.\d+)?\s*[dhms]\s*)+)")
PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parse_moment(value: Any, start: datetime) -> datetime:
    """Returns an aware datetime for epoch seconds, an ISO 8601 text (UTC without a zone), or an offset from `start`.

    Raises:
        ValueError: the value is none of these.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    offset = OFFSET.fullmatch(str(value).strip())
    if offset:
        parts = PART.findall(offset[2])
        length = sum((timedelta(**{UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
        return start + length if offset[1] == "+" else start - length
    try:
        return parse_moment(datetime.fromisoformat(str(value)), start)
    except ValueError:
        message = f"{value!r} is not a time: give ISO 8601, epoch seconds, or an offset such as +2h or -3d"
        raise ValueError(message) from None
