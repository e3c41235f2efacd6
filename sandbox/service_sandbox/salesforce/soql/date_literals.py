"""Date literals of SOQL (TODAY, LAST_N_DAYS:3, ...) as first day and day after the last, in UTC."""

from datetime import UTC, date, datetime, timedelta

Span = tuple[date, date]


def _months(day: date, count: int) -> date:
    total = day.year * 12 + day.month - 1 + count
    return date(total // 12, total % 12 + 1, 1)


def _unit(unit: str, today: date, shift: int) -> Span:
    """Returns the day, week (from Sunday), month, quarter or year `shift` units from now."""
    if unit == "DAY":
        first = today + timedelta(days=shift)
        return first, first + timedelta(days=1)
    if unit == "WEEK":
        first = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=shift)
        return first, first + timedelta(weeks=1)
    length = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    start = today.replace(day=1, month=(today.month - 1) // length * length + 1)
    first = _months(start, shift * length)
    return first, _months(first, length)


FIXED = {"TODAY": ("DAY", 0), "YESTERDAY": ("DAY", -1), "TOMORROW": ("DAY", 1)}
SHIFTS = {"LAST": -1, "THIS": 0, "NEXT": 1}
UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR")


def date_range(word: str, number: int | None, now: datetime) -> Span | None:
    """Returns first day and day after the last; None if the literal is unknown or lacks its number.

    LAST_90_DAYS ends today and NEXT_90_DAYS starts tomorrow; LAST_N_DAYS:n includes today. LAST_N_WEEKS:n and longer
    units end with the unit before the current one (SOQL Reference, Date Formats and Date Literals).
    """
    today = now.date()
    if number is None:
        if word in FIXED:
            return _unit(FIXED[word][0], today, FIXED[word][1])
        if word in ("LAST_90_DAYS", "NEXT_90_DAYS"):
            return date_range(word.replace("90", "N"), 90, now)
        when, _, unit = word.partition("_")
        return _unit(unit, today, SHIFTS[when]) if when in SHIFTS and unit in UNITS else None
    when, _, rest = word.partition("_N_")
    unit = rest.removesuffix("S")
    if when not in ("LAST", "NEXT") or unit not in ("DAY", *UNITS) or not rest.endswith("S"):
        return None
    if unit == "DAY":
        step = timedelta(days=number)
        tomorrow = today + timedelta(days=1)
        return (today - step, tomorrow) if when == "LAST" else (tomorrow, tomorrow + step)
    if when == "LAST":
        return _unit(unit, today, -number)[0], _unit(unit, today, 0)[0]
    return _unit(unit, today, 1)[0], _unit(unit, today, number)[1]


def is_date_literal(word: str, number: int | None) -> bool:
    """Returns whether SOQL has this date literal, with or without a number."""
    return date_range(word, number, datetime(2026, 1, 1, tzinfo=UTC)) is not None
