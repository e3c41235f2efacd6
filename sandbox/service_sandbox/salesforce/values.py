"""From what a client sends to what the org stores: trimmed, typed, checked against the field.

Stored forms: text without outer blanks (an empty text is null), booleans 0/1, dates `2026-11-23`, datetimes in UTC as
`2026-11-23T10:00:00.000+0000`, ids with 18 characters. JSON must carry the right JSON type, as the service's parser
demands; CSV carries text.
"""

import re
from datetime import UTC, date, datetime
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.schema import Field

EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-](?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*[A-Za-z0-9!#$%&'*+/=?^_`{|}~-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
DATETIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2}))?")
NUMBERS = ("double", "currency", "percent")


class WrongType(Exception):
    """A JSON value of a type that the field cannot read; refuses the whole request, not the record."""


def stamp(moment: datetime) -> str:
    """A datetime as the API writes it; records carry whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _json_kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"VALUE_{str(value).upper()} value {str(value).lower()}"
    if isinstance(value, int):
        return f"VALUE_NUMBER_INT value {value}"
    if isinstance(value, float):
        return f"VALUE_NUMBER_FLOAT value {value}"
    if isinstance(value, list):
        return "START_ARRAY value ["
    return "START_OBJECT value {" if isinstance(value, dict) else f"VALUE_STRING value {value}"


def wrong_type(kind: str, value: Any) -> WrongType:
    """The parser's complaint, in its words."""
    return WrongType(
        f"Cannot deserialize instance of {kind} from {_json_kind(value)} or request may be missing a required field "
        "at [line:1, column:2]"
    )


def convert(item: Field, value: Any, *, csv: bool = False) -> Any:
    """The stored form of `value` for this field, before the checks of `check`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return 0 if item.type == "boolean" else None
    if csv:
        return _from_text(item, value.strip())
    if item.type == "boolean":
        if not isinstance(value, bool):
            raise wrong_type("boolean", value)
        return int(value)
    if item.type == "int" or item.type in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type("int" if item.type == "int" else "double", value)
        return int(value) if item.type == "int" else float(value)
    if not isinstance(value, str):
        raise wrong_type({"date": "date", "datetime": "datetime"}.get(item.type, "string"), value)
    if item.type in ("date", "datetime"):
        moment = parse_moment(item.type, value.strip())
        if moment is None:
            raise wrong_type(item.type, value)
        return moment
    return value.strip()


def _from_text(item: Field, text: str) -> Any:
    problem = Refusal(
        "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{item.label}: value not of required type: {text}", [item.name]
    )
    if item.type == "boolean":
        if text.lower() not in ("true", "false", "1", "0"):
            raise problem
        return int(text.lower() in ("true", "1"))
    if item.type == "int" or item.type in NUMBERS:
        try:
            return int(text) if item.type == "int" else float(text)
        except ValueError:
            raise problem from None
    if item.type in ("date", "datetime"):
        moment = parse_moment(item.type, text)
        if moment is None:
            raise problem
        return moment
    return text


def parse_moment(kind: str, text: str) -> str | None:
    """A date or datetime in stored form; None if the text is not one. A zone may be `Z`, `+01:00` or `+0100`."""
    match = DATETIME.fullmatch(text)
    if not match:
        return None
    try:
        if kind == "date":
            return date.fromisoformat(match[1]).isoformat()
        zone = (match[3] or "Z").replace("Z", "+00:00")
        zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
        return stamp(datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00:00'}{zone}"))
    except ValueError:
        return None


def check(item: Field, value: Any) -> Any:
    """Length, syntax, range and picklist rules of one field; returns the value to store or raises Refusal."""
    if value is None:
        return None
    if item.length and item.text and item.type not in ("id", "reference") and len(value) > item.length:
        raise Refusal(
            "STRING_TOO_LONG", f"{item.label}: data value too large: {value} (max length={item.length})", [item.name]
        )
    if item.type == "email" and not EMAIL.fullmatch(value):
        raise Refusal("INVALID_EMAIL_ADDRESS", f"{item.label}: invalid email address: {value}", [item.name])
    if item.type in ("picklist", "multipicklist"):
        return _picklist(item, value)
    if item.type in NUMBERS and item.precision and abs(value) >= 10 ** (item.precision - item.scale):
        raise _out_of_range(item, value)
    if item.type == "int" and abs(value) >= 10 ** (item.digits or 9):
        raise _out_of_range(item, value)
    if item.type == "reference":
        return _reference(item, value)
    return value


def _out_of_range(item: Field, value: Any) -> Refusal:
    message = f"{item.label}: value outside of valid range on numeric field: {value}"
    return Refusal("NUMBER_OUTSIDE_VALID_RANGE", message, [item.name])


def _picklist(item: Field, value: str) -> str:
    """Listed values in the picklist's own spelling: picklists are not case sensitive (Salesforce Help). Others are
    refused by a restricted picklist and stored as they are by any other."""
    chosen = [part.strip() for part in value.split(";")] if item.type == "multipicklist" else [value]
    spelled = {known.lower(): known for known in item.values}
    for part in chosen:
        if item.restricted and part not in item.values:
            message = f"{item.label}: bad value for restricted picklist field: {part}"
            raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [item.name])
    return ";".join(spelled.get(part.lower(), part) for part in chosen)


def _reference(item: Field, value: str) -> str:
    record_id = ids.canonical(value)
    if record_id is None:
        raise Refusal("MALFORMED_ID", f"{item.label}: id value of incorrect type: {value}", [item.name])
    return record_id
