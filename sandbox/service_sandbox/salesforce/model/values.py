"""Converts values that a client sends to stored values, and checks them against the field.

Stored values: text without outer spaces (an empty text is null), booleans 0/1, dates `2026-11-23`, datetimes in UTC as
`2026-11-23T10:00:00.000+0000`, ids with 18 characters. A value in JSON must have the JSON type of the field, as for the
parser of Salesforce; a value in CSV is text.
"""

import re
from datetime import UTC, date, datetime
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import Field

EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-](?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*[A-Za-z0-9!#$%&'*+/=?^_`{|}~-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
DATETIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2}))?")
NUMBERS = ("double", "currency", "percent")


class JsonTypeError(Exception):
    """A JSON value has the wrong type for its field. The whole request is rejected, not only the record."""


def fold(value: str | None) -> str | None:
    """Returns text in the form in which Salesforce compares it: without regard to case."""
    return value.casefold() if isinstance(value, str) else value


def format_datetime(moment: datetime) -> str:
    """Returns a datetime in the format of the API, with whole seconds as in records."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _json_token(value: Any) -> str:
    if isinstance(value, bool):
        return f"VALUE_{str(value).upper()} value {str(value).lower()}"
    if isinstance(value, int):
        return f"VALUE_NUMBER_INT value {value}"
    if isinstance(value, float):
        return f"VALUE_NUMBER_FLOAT value {value}"
    if isinstance(value, list):
        return "START_ARRAY value ["
    return "START_OBJECT value {" if isinstance(value, dict) else f"VALUE_STRING value {value}"


def json_type_error(expected: str, value: Any) -> JsonTypeError:
    """Returns the error with the message of Salesforce's parser."""
    problem = f"Cannot deserialize instance of {expected} from {_json_token(value)}"
    return JsonTypeError(f"{problem} or request may be missing a required field at [line:1, column:2]")


def convert(item: Field, value: Any, *, csv: bool = False) -> Any:
    """Returns the stored value for this field, without the checks of `check`.

    Raises:
        JsonTypeError: the JSON type is wrong (unless `csv`).
        RecordError: the text of a CSV cell has the wrong format.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return 0 if item.type == "boolean" else None
    if csv:
        return _from_text(item, value.strip())
    if item.type == "boolean":
        if not isinstance(value, bool):
            raise json_type_error("boolean", value)
        return int(value)
    if item.type == "int" or item.type in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise json_type_error("int" if item.type == "int" else "double", value)
        return int(value) if item.type == "int" else float(value)
    if not isinstance(value, str):
        raise json_type_error({"date": "date", "datetime": "datetime"}.get(item.type, "string"), value)
    if item.type in ("date", "datetime"):
        moment = parse_stored(item.type, value.strip())
        if moment is None:
            raise json_type_error(item.type, value)
        return moment
    return value.strip()


def _from_text(item: Field, text: str) -> Any:
    error = RecordError(
        "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{item.label}: value not of required type: {text}", [item.name]
    )
    if item.type == "boolean":
        if text.lower() not in ("true", "false", "1", "0"):
            raise error
        return int(text.lower() in ("true", "1"))
    if item.type == "int" or item.type in NUMBERS:
        try:
            return int(text) if item.type == "int" else float(text)
        except ValueError:
            raise error from None
    if item.type in ("date", "datetime"):
        moment = parse_stored(item.type, text)
        if moment is None:
            raise error
        return moment
    return text


def parse_stored(value_type: str, text: str) -> str | None:
    """Returns a date or datetime as stored; None if the text is neither. A zone may be `Z`, `+01:00` or `+0100`."""
    match = DATETIME.fullmatch(text)
    if not match:
        return None
    try:
        if value_type == "date":
            return date.fromisoformat(match[1]).isoformat()
        zone = (match[3] or "Z").replace("Z", "+00:00")
        zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
        return format_datetime(datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00:00'}{zone}"))
    except ValueError:
        return None


TEXT_UNITS = ("characters", "utf16")
"""Units in which an org counts the length of a text."""


def check(item: Field, value: Any, text_units: str = "characters") -> Any:
    """Checks length, syntax, range and picklist of a converted value; returns the value to store.

    Raises:
        RecordError: the field does not accept the value.
    """
    if value is None:
        return None
    if item.length and item.text and item.type not in ("id", "reference") and _length(value, text_units) > item.length:
        raise RecordError(
            "STRING_TOO_LONG", f"{item.label}: data value too large: {value} (max length={item.length})", [item.name]
        )
    if item.type == "email" and not EMAIL.fullmatch(value):
        raise RecordError("INVALID_EMAIL_ADDRESS", f"{item.label}: invalid email address: {value}", [item.name])
    if item.type in ("picklist", "multipicklist"):
        return _picklist(item, value)
    if item.type in NUMBERS and item.precision and abs(value) >= 10 ** (item.precision - item.scale):
        raise _out_of_range(item, value)
    if item.type == "int" and abs(value) >= 10 ** (item.digits or 9):
        raise _out_of_range(item, value)
    if item.type == "reference":
        return _reference(item, value)
    return value


def _length(value: str, text_units: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2 if text_units == "utf16" else len(value)


def _out_of_range(item: Field, value: Any) -> RecordError:
    message = f"{item.label}: value outside of valid range on numeric field: {value}"
    return RecordError("NUMBER_OUTSIDE_VALID_RANGE", message, [item.name])


def _picklist(item: Field, value: str) -> str:
    """Returns listed values in the spelling of the picklist: picklists are not case-sensitive (Salesforce Help).

    A restricted picklist rejects other values; an unrestricted picklist stores them unchanged.
    """
    chosen = [part.strip() for part in value.split(";")] if item.type == "multipicklist" else [value]
    spelled = {known.lower(): known for known in item.values}
    for part in chosen:
        if item.restricted and part not in item.values:
            message = f"{item.label}: bad value for restricted picklist field: {part}"
            raise RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [item.name])
    return ";".join(spelled.get(part.lower(), part) for part in chosen)


def _reference(item: Field, value: str) -> str:
    record_id = ids.canonical(value)
    if record_id is None:
        raise RecordError("MALFORMED_ID", f"{item.label}: id value of incorrect type: {value}", [item.name])
    return record_id
