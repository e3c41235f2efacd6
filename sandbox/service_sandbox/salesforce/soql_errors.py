"""Where in a query the trouble is, the way the service shows it."""

import re

WINDOW = 50


def row_and_column(text: str, at: int) -> tuple[int, int]:
    """1-based row and column of an offset."""
    row = text.count("\n", 0, at) + 1
    return row, at - (text.rfind("\n", 0, at) + 1) + 1


def located(text: str, at: int, problem: str) -> str:
    """The service's message: a window of the query, a caret below the place, row and column, the problem."""
    row, column = row_and_column(text, at)
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line_end = len(text) if line_end < 0 else line_end
    start = max(line_start, at - WINDOW)
    while line_start < start < at and re.match(r"\w", text[start - 1]):
        start += 1
    while start < at and text[start] in " ,":
        start += 1
    end = min(line_end, at + WINDOW - 1)
    while end < line_end and end > at + 1 and re.match(r"\w", text[end]):
        end -= 1
    window = text[start:end].rstrip(" ,") if end < line_end else text[start:end]
    return f"\n{window}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n{problem}"
