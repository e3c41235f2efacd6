"""CSV text that spreadsheets show with all characters and in which they find no formulas (field A18)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

import pandas as pd

#: Excel reads a file as UTF-8 only if it starts with a byte order mark.
BOM = "\ufeff"
#: Signs that start a formula, also as full-width and small forms, and control characters that spreadsheets skip.
SIGNS = "=+\\-@\u2212\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\t\r"
#: What spreadsheets skip before a formula: quotes, blanks, invisible characters.
SKIPPED = '"\\s\u00a0\u2000-\u200d\u202f\u2060\u3000\ufeff'
#: Start of a cell, or of a line or list item in it: spreadsheets whose locale separates lists with semicolons split
#: cells there, some also at tabs and line breaks.
FORMULA_START = re.compile(f"(^|[;\\t\\n\\r\\v\\f\u0085\u2028\u2029])(?=[{SKIPPED}]*[{SIGNS}])")


def to_csv(frame: pd.DataFrame, separator: str = ",", *, quote_all: bool = False, header: bool = True) -> str:
    """Return a frame as CSV text with a byte order mark and a header row.

    Cells, and lines and list items in them, that a spreadsheet interprets as formulas are prefixed with an apostrophe.

    Args:
        separator: Excel splits at the list separator of its locale: a semicolon in French.
        quote_all: quote every cell, so that no other separator splits it.
        header: without it, rows only, to be appended to a text with a header.
    """
    rows = frame.astype("str").fillna("")
    for name, cells in rows.items():
        suspicious = cells.str.contains(f"[{SIGNS}]", regex=True)
        if suspicious.any():
            rows.loc[suspicious, name] = cells[suspicious].map(_neutralized)
    text: str = rows.to_csv(
        index=False, sep=separator, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, header=header
    )
    return BOM + text if header else text


def to_csv_parts(frames: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """One CSV file, encoded, of frames with the same columns."""
    for number, frame in enumerate(frames):
        yield to_csv(frame, header=not number).encode()


def _neutralized(cell: str) -> str:
    return FORMULA_START.sub(r"\1'", cell)
