"""Runs queries: row counts, pages and cursors, records in the format of the REST API."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

from __future__ import annotations

import itertools
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce.model.errors import ApiError, malformed
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.aggregates import aggregate_rows
from service_sandbox.salesforce.soql.child_queries import attach_children
from service_sandbox.salesforce.soql.compiler import Compiler
from service_sandbox.salesforce.soql.error_positions import locate_error
from service_sandbox.salesforce.soql.parser import parse
from service_sandbox.salesforce.soql.row_values import limit_clause
from service_sandbox.salesforce.soql.selection import Selection

MOST_OFFSET = 2_000
TOO_COMPLICATED = "Query is either selecting too many fields or the filter conditions are too complicated."
MOST_CURSORS = 200
ROWS_PER_READ = 20_000


@dataclass
class Cursor:
    """The result of one query, kept for its next pages.

    Attributes:
        selection: None for aggregate results and counts.
        rows: row numbers, or complete aggregate results; None for a count.
        size: number of rows.
        path: last part of the URL of next pages, `query` or `queryAll`.
    """

    selection: Selection | None
    rows: Sequence[Any] | None
    size: int
    path: str


class Runner:
    """Runs the queries of one org and stores their cursors."""

    def __init__(self, org: Any) -> None:
        self.org = org
        self.cursors: dict[str, Cursor] = {}
        self._numbers = itertools.count(1)

    def run(self, text: str, user: Any, *, version: str, page: int = 2000, deleted: bool = False) -> dict[str, Any]:
        """Returns the first page of a query in the format of the REST API. Raises ApiError."""
        cursor = self.open(text, user, deleted=deleted)
        if cursor.rows is None:
            return {"totalSize": cursor.size, "done": True, "records": []}
        return self._page(cursor, None, 0, page, version)

    def open(self, text: str, user: Any, *, deleted: bool = False) -> Cursor:
        """Determines the rows of a query; their values are read by page. Raises ApiError."""
        query = parse(text)
        try:
            compiler = Compiler(self.org, user, query, deleted=deleted)
            return self.start(query, compiler, "queryAll" if deleted else "query")
        except (sqlite3.OperationalError, RecursionError):
            # SQLite limits the nesting of conditions, too.
            raise ApiError(400, "QUERY_TOO_COMPLICATED", TOO_COMPLICATED) from None

    def start(self, query: nodes.Query, compiler: Compiler, path: str = "query") -> Cursor:
        """Determines the rows of a parsed query. Raises ApiError."""
        if query.offset is not None and query.offset > MOST_OFFSET:
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        if query.counts_only:
            return self._count(query, compiler, path)
        if query.aggregate:
            rows = aggregate_rows(self.org, query, compiler)
            return Cursor(None, rows, len(rows), path)
        selection = Selection(compiler, query.columns)
        compiled = compiler.compile()
        number = f"{compiler.prefix}0._n"
        order = f"{compiled.order}, {number}" if compiled.order else number
        sql = f"SELECT {number} FROM {compiled.source} WHERE {compiled.where} ORDER BY {order}{limit_clause(query)}"
        with self.org.store.lock:
            numbers = array("q", (row[0] for row in self.org.store.db.execute(sql, compiled.parameters)))
        return Cursor(selection, numbers, len(numbers), path)

    def _count(self, query: nodes.Query, compiler: Compiler, path: str) -> Cursor:
        if len(query.columns) > 1 or query.group:
            problem = "COUNT() must be the only item of the SELECT list"
            raise malformed(locate_error(compiler.text, query.columns[0].at, problem))
        compiled = compiler.compile()
        inner = f"SELECT 1 FROM {compiled.source} WHERE {compiled.where}{limit_clause(query)}"
        total = self.org.store.scalar(f"SELECT COUNT(*) FROM ({inner})", compiled.parameters)
        return Cursor(None, None, total, path)

    def more(self, locator: str, *, version: str, page: int = 2000) -> dict[str, Any]:
        """Returns the next page for the last part of `nextRecordsUrl`. Raises ApiError."""
        key, _, start = locator.rpartition("-")
        if key not in self.cursors or not start.isdigit():
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(self.cursors[key], key, int(start), page, version)

    def _page(self, cursor: Cursor, key: str | None, start: int, page: int, version: str) -> dict[str, Any]:
        chosen = (cursor.rows or [])[start : start + page]
        records = list(chosen) if cursor.selection is None else self.records(cursor.selection, chosen, version)
        end = start + len(chosen)
        answer: dict[str, Any] = {"totalSize": cursor.size, "done": end >= cursor.size}
        if end < cursor.size:
            key = key or self._store(cursor)
            answer["nextRecordsUrl"] = f"/services/data/{version}/{cursor.path}/{key}-{end}"
        return {**answer, "records": records}

    def _store(self, cursor: Cursor) -> str:
        """Returns the key of a new cursor; removes the oldest cursor if there are too many."""
        key = f"01g5j{next(self._numbers):010d}AAA"
        self.cursors[key] = cursor
        if len(self.cursors) > MOST_CURSORS:
            del self.cursors[next(iter(self.cursors))]
        return key

    def records(self, selection: Selection, numbers: Sequence[int], version: str) -> list[dict[str, Any]]:
        """Returns the records with these row numbers, in this order."""
        records: list[dict[str, Any]] = []
        for start in range(0, len(numbers), ROWS_PER_READ):
            part = numbers[start : start + ROWS_PER_READ]
            placeholders = ", ".join("?" * len(part))
            alias = f"{selection.compiler.prefix}0"
            source = selection.compiler.source_sql()
            sql = f"SELECT {selection.sql()} FROM {source} WHERE {alias}._n IN ({placeholders})"
            with self.org.store.lock:
                found = {row[0]: tuple(row) for row in self.org.store.db.execute(sql, tuple(part))}
            records += [selection.record(found[number], version) for number in part if number in found]
        if selection.children:
            attach_children(self, selection, records, version)
        return records
