"""Data frames in tables: bulk reads and writes of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import pandas as pd
from msgspec import json
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from livestorm_salesforce.state.column_types import UtcTime

#: Keys of an `IN` list.
IN_LIST = 500
#: Rows of one statement.
BATCH = 5000
#: Rows that are read at once.
PART = 20_000

Row = dict[str, Any]


def to_frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    """The result of a query as a frame; columns of text, numbers and times are objects until the caller types them."""
    result = connection.execute(query)
    return pd.DataFrame([tuple(row) for row in result.fetchall()], columns=list(result.keys()))


def to_text_frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    """The result of a query as a frame of text columns.

    Converted in parts: a million rows take 1 GB as Python objects, and a tenth of it as a frame.
    """
    result = connection.execute(query, execution_options={"yield_per": PART})
    names = list(result.keys())
    parts = [pd.DataFrame(map(tuple, part), columns=names).astype("str") for part in result.partitions()]
    return pd.concat([pd.DataFrame(columns=names, dtype="str"), *parts], ignore_index=True)


def to_rows(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame with Python values; missing values are None."""
    columns = {str(name): _python_values(frame[name]) for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def select_rows(connection: Connection, query: Select[Any]) -> list[Row]:
    """The result of a query as dictionaries."""
    result = connection.execute(query)
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _python_values(values: pd.Series) -> list[Any]:
    """Values as Python objects; PostgreSQL stores no null characters in texts."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        moments = values.dt.to_pydatetime() if len(values) else []
        return [None if moment is pd.NaT else moment for moment in moments]
    missing = values.isna()
    found: list[Any] = values.astype("object").where(~missing, None).tolist()
    if pd.api.types.is_string_dtype(values.dtype) or values.dtype == object:
        return [item.replace("\0", "") if isinstance(item, str) and "\0" in item else item for item in found]
    return found


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows in batches."""
    _execute_many(connection, insert(table), table, rows)


def insert_frame(connection: Connection, table: Table, frame: pd.DataFrame, shared: Row) -> None:
    """Insert the rows of a frame in batches.

    Args:
        shared: values of further columns, the same in each row.
    """
    for start in range(0, len(frame), BATCH):
        insert_rows(connection, table, [shared | row for row in to_rows(frame.iloc[start : start + BATCH])])


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Row], *, replace: bool = True) -> None:
    """Insert rows; of rows whose primary key exists, replace all other columns, or keep them without `replace`."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    values = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    if replace and values:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    else:
        statement = statement.on_conflict_do_nothing()
    _execute_many(connection, statement, table, rows)


def _execute_many(connection: Connection, statement: Insert, table: Table, rows: Sequence[Row]) -> None:
    """Execute a statement for rows that have the same columns.

    Values are converted column by column, and the driver executes the statement: SQLAlchemy's own conversion of each
    parameter takes more time than the database.
    """
    if not rows:
        return
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(rows[0]))
    names = compiled.positiontup or list(rows[0])
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        columns = [_driver_values(table.c[name], [row[name] for row in batch], dialect) for name in names]
        values = zip(*columns, strict=True)
        parameters = values if compiled.positiontup else (dict(zip(names, row, strict=True)) for row in values)
        connection.exec_driver_sql(str(compiled), [*parameters])


def _driver_values(column: Column[Any], values: list[Any], dialect: Dialect) -> list[Any]:
    """Values of a column as the driver takes them."""
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    if isinstance(column.type, UtcTime):  # a session's registrations have few different times
        converted = {value: convert(value) for value in set(values)}
        return [converted[value] for value in values]
    return [convert(value) for value in values]


def replace_rows(connection: Connection, table: Table, old: Sequence[Row], new: Sequence[Row]) -> int:
    """Make the rows `old` of a table the rows `new`; rows that are equal are not written.

    Returns:
        number of rows written or deleted.
    """
    keys = [column.name for column in table.primary_key]

    identity = itemgetter(*keys) if len(keys) > 1 else lambda row: (row[keys[0]],)
    before = {identity(row): row for row in old}
    changed = [row for row in new if before.get(identity(row)) != row]
    removed = [*(before.keys() - {identity(row) for row in new})]
    for start in range(0, len(removed), IN_LIST):
        columns = tuple_(*(table.c[name] for name in keys))
        connection.execute(delete(table).where(columns.in_(removed[start : start + IN_LIST])))
    upsert_rows(connection, table, changed)
    return len(changed) + len(removed)


def in_keys(connection: Connection, column: ColumnElement[Any], keys: Iterable[str]) -> ColumnElement[bool]:
    """Whether a column has one of any number of keys: one parameter holds them all."""
    values = sorted({str(key) for key in keys})
    if connection.dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.encode(values).decode()).table_valued("value").c.value))
    return column.in_(select(func.unnest(bindparam(None, values, postgresql.ARRAY(Text)))))
