"""Position of an error in a query, in the format of Salesforce."""

import re

WINDOW = 50


def row_and_column(text: str, at: int) -> tuple[int, int]:
    """Returns row and column of an offset, counted from 1."""
    row = text.count("\n", 0, at) + 1
    return row, at - (text.rfind("\n", 0, at) + 1) + 1


def locate_error(text: str, at: int, problem: str) -> str:
    """Returns Salesforce's message: part of the query, a caret, row and column, and the problem."""
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
