"""Search in columns without regard to case."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column contains a text in any case.

    SQLite folds ASCII letters only, so the usual spellings of a text with accents are compared too.
    """
    spellings = {text, text.lower(), text.upper(), text.title()}
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))
