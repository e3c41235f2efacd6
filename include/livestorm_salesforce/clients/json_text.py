"""Parsing JSON of other systems: whatever the text contains, the result is a document or `ValueError`."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Any

#: Levels of objects and lists in one resource; a registrant of Livestorm has six. A document of some hundred levels can
#: be parsed with few function calls on the stack and not with many, so a later step could fail on it.
MAX_DEPTH = 32

MAX_NUMBER = 2**63 - 1


def parse_json(text: bytes | str) -> Any:
    """The document; a number of more digits than this interpreter reads is infinite.

    Raises:
        ValueError: not JSON, or nested too deeply for this interpreter.
    """
    try:
        try:
            return json.loads(text)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise
        except ValueError:  # too many digits: one such number must not make the other rows unreadable
            return json.loads(text, parse_int=_integer)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _integer(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:
        return math.inf


def sanitize(document: Any, levels: int = MAX_DEPTH, *, omit: Collection[str] = ()) -> Any:
    """A copy without what later steps cannot process: halves of surrogate pairs and null characters are left out of
    text and names, and a number that is not finite or needs more than 64 bits is null.

    Args:
        levels: of objects and lists.
        omit: names of members that are left out at every level.

    Raises:
        ValueError: more than `levels` levels of objects and lists.
    """
    if isinstance(document, str):
        encodable = document if document.isascii() else document.encode("utf-8", "ignore").decode()
        return encodable.replace("\0", "")
    if isinstance(document, dict | list):
        if not levels:
            raise ValueError("nested too deeply")
        if isinstance(document, list):
            return [sanitize(item, levels - 1, omit=omit) for item in document]
        names = {name: sanitize(name) for name in document}
        return {
            names[name]: sanitize(value, levels - 1, omit=omit)
            for name, value in document.items()
            if names[name] not in omit
        }
    if isinstance(document, float) and not math.isfinite(document):
        return None
    return None if isinstance(document, int) and abs(document) > MAX_NUMBER else document


def is_storable(text: str) -> bool:
    """Whether a text can be stored: half a surrogate pair cannot be encoded, PostgreSQL stores no null character. JSON
    can express both."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
