"""CSV text in which spreadsheets find no formulas."""

from __future__ import annotations

import pandas as pd

#: Start of a cell, or of a line or list item in it, that a spreadsheet interprets as a formula.
FORMULA_START = r"(^|[;\n\r])(?=[=+\-@\t\r])"
#: The same without look-ahead, which Arrow's regular expressions do not support.
HAS_FORMULA_START = r"(?:^|[;\n\r])[=+\-@\t\r]"


def to_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV text; cells that a spreadsheet interprets as formulas are prefixed with an apostrophe.

    Spreadsheets whose locale separates lists with semicolons also split cells at semicolons, some also at line breaks.
    """
    rows = frame.astype("str").fillna("")
    for name, cells in rows.items():
        if cells.str.contains(HAS_FORMULA_START, regex=True).any():
            rows[name] = cells.str.replace(FORMULA_START, r"\1'", regex=True)
    return rows.to_csv(index=False)
