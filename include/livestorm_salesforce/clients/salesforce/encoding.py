"""Encoding of request bodies: JSON and UTF-8."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any


def json_body(value: Any) -> dict[str, Any]:
    """Options for `requests` that send a value as JSON. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=json_default)
    return {"data": utf8(text), "headers": {"Content-Type": "application/json; charset=UTF-8"}}


def utf8(text: str) -> bytes:
    """UTF-8, with U+FFFD for lone surrogates."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def json_default(value: Any) -> Any:
    """Dates in Salesforce's notation, numbers of other libraries as Python's.

    Raises:
        TypeError: a value of another type; the message does not quote it.
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be sent to Salesforce")
