"""CSV text that a spreadsheet shows and does not execute."""

from __future__ import annotations

import pandas as pd

#: The start of a cell that a spreadsheet would take for a formula.
FORMULA_START = r"(^|[;\n\r])(?=[=+\-@\t\r])"
#: The same for Arrow, which has no look-ahead and tests a whole column at once.
HAS_FORMULA_START = r"(?:^|[;\n\r])[=+\-@\t\r]"


def to_csv(frame: pd.DataFrame) -> str:
    """A frame as CSV text. A cell that a spreadsheet would take for a formula is prefixed with an apostrophe.

    Spreadsheets in locales that separate lists with semicolons also split cells there, and some at line breaks.
    """
    rows = frame.astype("str").fillna("")
    for column in rows:
        formulas = rows[column].str.contains(HAS_FORMULA_START, regex=True)
        rows.loc[formulas, column] = rows.loc[formulas, column].str.replace(FORMULA_START, r"\1'", regex=True)
    return rows.to_csv(index=False)
