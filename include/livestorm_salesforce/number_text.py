"""Numbers in English texts: logs, reports, questions and notifications. Pages use the format of their language."""

from __future__ import annotations


def number_text(value: object) -> str:
    """A count with separators, such as `10,000`; any other value as text, and None as an empty one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)
