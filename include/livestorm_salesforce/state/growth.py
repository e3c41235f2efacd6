"""Parts of statements whose cost must not grow with the number of rows that are kept for a year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, literal, select


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text column for GROUP BY, or beside the condition of an index. SQLite would choose an index that saves sorting
    or has more columns of the statement, and read all rows of the pair.
    """
    return literal("").concat(column).label(f"{column.key}_group")  # another name than that of the column


def delete_before(connection: Connection, table: Any, column: ColumnElement[Any], before: Any) -> int:
    """Delete the rows of all pairs before a time, by an index of pair and time; returns their number."""
    return sum(
        connection.execute(delete(table).where(table.c.pair_id == pair, column < before)).rowcount
        for pair in list(_pairs(connection, table))
    )


def _pairs(connection: Connection, table: Any) -> Iterator[str]:
    """The pairs in a table, each found by one step in the index."""
    last: str | None = ""
    while (last := connection.scalar(select(func.min(table.c.pair_id)).where(table.c.pair_id > last))) is not None:
        yield str(last)
