"""Parsing JSON of other systems: whatever the text contains, the result is a document or `ValueError`."""

from __future__ import annotations

import json
from typing import Any

#: Levels of objects and lists in one resource; a registrant of Livestorm has six. A document of some hundred levels can
#: be parsed with few function calls on the stack and not with many, so a later step could fail on it.
MAX_DEPTH = 32


def parse_json(text: bytes | str) -> Any:
    """The document.

    Raises:
        ValueError: not JSON, or nested too deeply for this interpreter.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_too_deep(document: Any) -> bool:
    """Whether objects and lists are nested in more than `MAX_DEPTH` levels. Does not recurse."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(MAX_DEPTH):
        containers = (container.values() if isinstance(container, dict) else container for container in level)
        level = [item for items in containers for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return bool(level)


def has_lone_surrogate(text: str) -> bool:
    """Whether a text contains half a surrogate pair, which JSON can express and UTF-8 cannot."""
    return any("\ud800" <= character <= "\udfff" for character in text)
