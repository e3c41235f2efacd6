"""Runs compiled queries: totals, pages and cursors, records in the shape of the REST API."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

import itertools
import sqlite3
from array import array
from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.errors import ApiError, malformed
from service_sandbox.salesforce.schema import Field, SObject
from service_sandbox.salesforce.soql_errors import located
from service_sandbox.salesforce.soql_parse import parse
from service_sandbox.salesforce.soql_sql import Compiler

ADDRESS_PARTS = {"Street": "street", "City": "city", "State": "state", "PostalCode": "postalCode", "Country": "country",
                 "Latitude": "latitude", "Longitude": "longitude", "GeocodeAccuracy": "geocodeAccuracy"}  # fmt: skip
MOST_OFFSET = 2_000
TOO_COMPLICATED = "Query is either selecting too many fields or the filter conditions are too complicated."
MOST_CURSORS = 200


def shape(item: Field, value: Any) -> Any:
    """A stored value as JSON carries it."""
    return bool(value) if item.type == "boolean" and value is not None else value


@dataclass
class Leaf:
    """One value of a record: where it goes in the answer, its SQL, its field."""

    steps: tuple[str, ...]
    name: str
    sql: str
    item: Field


class Select:
    """A compiled SELECT list: what to fetch and how to nest it."""

    def __init__(self, compiler: Compiler, columns: list[ast.Column]):
        self.compiler = compiler
        self.leaves: list[Leaf] = []
        self.children: list[tuple[str, ast.Query]] = []
        for column in columns:
            self._add(column)
        # Parents that only WHERE or ORDER BY need are joined later and are no part of the answer.
        self.joins = list(compiler.joins.items())

    def _add(self, column: ast.Column) -> None:
        if column.alias:
            problem = "only aggregate expressions use field aliasing"
            raise malformed(located(self.compiler.text, column.at, problem))
        if isinstance(column.what, ast.Query):
            self.children.append((column.what.source, column.what))
            return
        sql, item, sobject = self.compiler.resolve(column.what)
        if any(leaf.sql == sql for leaf in self.leaves):
            problem = f"duplicate field selected: {column.what.text}"
            raise self.compiler.fail("INVALID_FIELD", column.at, problem)
        alias = sql.split(".")[0]
        steps = next(key for key, (one, _) in self.compiler.joins.items() if one == alias)
        self.leaves += self._leaves(steps, alias, sql, item, sobject)

    def _leaves(self, steps: tuple, alias: str, sql: str, item: Field, sobject: SObject) -> list[Leaf]:
        if item.type != "address":
            return [Leaf(steps, item.name, sql, item)]
        head = item.name.removesuffix("Address")
        parts = [(sobject.get(head + name), key) for name, key in ADDRESS_PARTS.items()]
        return [Leaf((*steps, f"@{item.name}"), key, f'{alias}."{part.name}"', part) for part, key in parts if part]

    def sql(self) -> str:
        """The column list: row number, ids of every parent, then the leaves."""
        ids_ = [f"{alias}.Id" for _, (alias, _) in self.joins]
        return ", ".join([f"{self.compiler.prefix}0._n", *ids_, *(leaf.sql for leaf in self.leaves)])

    def record(self, row: tuple, version: str) -> dict[str, Any]:
        """One row as nested JSON; a missing parent is null."""
        records: dict[tuple[str, ...], Any] = {}
        for (steps, (_, sobject)), record_id in zip(self.joins, row[1:], strict=False):
            records[steps] = {"attributes": attributes(sobject, record_id, version)} if record_id else None
        for leaf, value in zip(self.leaves, row[1 + len(self.joins) :], strict=True):
            self._place(records, leaf, value)
        for steps, _ in self.joins:
            if steps:
                parent = records[steps[:-1]]
                if parent is not None:
                    parent[self._relationship(steps)] = records[steps]
        return records[()]

    @staticmethod
    def _place(records: dict, leaf: Leaf, value: Any) -> None:
        compound = leaf.steps and leaf.steps[-1].startswith("@")
        owner = records[leaf.steps[:-1] if compound else leaf.steps]
        if owner is None:
            return
        if not compound:
            owner[leaf.name] = shape(leaf.item, value)
            return
        address = owner.setdefault(leaf.steps[-1][1:], dict.fromkeys(ADDRESS_PARTS.values()))
        address[leaf.name] = value

    def _relationship(self, steps: tuple[str, ...]) -> str:
        _, parent = self.compiler.joins[steps[:-1]]
        return parent.relationship(steps[-1]).relationship


def attributes(sobject: SObject, record_id: str, version: str) -> dict[str, str]:
    """The `attributes` of a record."""
    return {"type": sobject.name, "url": f"/services/data/{version}/sobjects/{sobject.name}/{record_id}"}


@dataclass
class Cursor:
    """The rows of one query, kept for its next pages. `rows` are row numbers, or whole aggregate records."""

    select: Select | None
    rows: Any
    size: int
    path: str


class Runner:
    """Queries of one org and their cursors."""

    def __init__(self, org: Any):
        self.org = org
        self.cursors: dict[str, Cursor] = {}
        self._numbers = itertools.count(1)

    def run(self, text: str, user: Any, *, version: str, page: int = 2000, deleted: bool = False) -> dict[str, Any]:
        """The first page of a query, in the REST shape. Raises ApiError."""
        cursor = self.open(text, user, deleted=deleted)
        if cursor.select is None and cursor.rows is None:
            return {"totalSize": cursor.size, "done": True, "records": []}
        return self._page(cursor, None, 0, page, version)

    def open(self, text: str, user: Any, *, deleted: bool = False) -> Cursor:
        """Find the rows of a query without reading their values yet."""
        query = parse(text)
        try:
            return self._open(query, user, deleted)
        except (sqlite3.OperationalError, RecursionError):
            # SQLite, too, gives up on conditions that nest too deep.
            raise ApiError(400, "QUERY_TOO_COMPLICATED", TOO_COMPLICATED) from None

    def _open(self, query: ast.Query, user: Any, deleted: bool) -> Cursor:
        return self.start(query, Compiler(self.org, user, query, deleted=deleted), "queryAll" if deleted else "query")

    def start(self, query: ast.Query, compiler: Compiler, path: str = "query") -> Cursor:
        """The rows of a parsed query."""
        if query.offset is not None and query.offset > MOST_OFFSET:
            problem = "Maximum SOQL offset allowed is 2000"
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", problem)
        if query.counts_only:
            return self._count(query, compiler, path)
        if query.aggregate:
            from service_sandbox.salesforce.soql_groups import aggregate_rows

            rows = aggregate_rows(self.org, query, compiler)
            return Cursor(None, rows, len(rows), path)
        select = Select(compiler, query.columns)
        made = compiler.compile()
        sql = f"SELECT {compiler.prefix}0._n FROM {made.source} WHERE {made.where}"
        sql += f" ORDER BY {made.order}, {compiler.prefix}0._n" if made.order else f" ORDER BY {compiler.prefix}0._n"
        numbers = self._numbers_of(sql + limits(query), made.parameters)
        return Cursor(select, numbers, len(numbers), path)

    def _count(self, query: ast.Query, compiler: Compiler, path: str) -> Cursor:
        if len(query.columns) > 1 or query.group:
            raise malformed(
                located(compiler.text, query.columns[0].at, "COUNT() must be the only item of the SELECT list")
            )
        compiler.function(query.columns[0].what)
        made = compiler.compile()
        inner = f"SELECT 1 FROM {made.source} WHERE {made.where}{limits(query)}"
        total = self.org.store.scalar(f"SELECT COUNT(*) FROM ({inner})", made.parameters)
        return Cursor(None, None, total, path)

    def _numbers_of(self, sql: str, parameters: list[Any]) -> array:
        with self.org.store.lock:
            return array("q", (row[0] for row in self.org.store.db.execute(sql, parameters)))

    def more(self, locator: str, *, version: str, page: int = 2000) -> dict[str, Any]:
        """A next page, by the last part of `nextRecordsUrl`."""
        key, _, start = locator.rpartition("-")
        if key not in self.cursors or not start.isdigit():
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(self.cursors[key], key, int(start), page, version)

    def _page(self, cursor: Cursor, key: str | None, start: int, page: int, version: str) -> dict[str, Any]:
        chosen = cursor.rows[start : start + page]
        records = list(chosen) if cursor.select is None else self.records(cursor.select, chosen, version)
        end = start + len(chosen)
        answer: dict[str, Any] = {"totalSize": cursor.size, "done": end >= cursor.size}
        if end < cursor.size:
            if key is None:
                key = f"01g5j{next(self._numbers):010d}AAA"
                self.cursors[key] = cursor
                if len(self.cursors) > MOST_CURSORS:
                    del self.cursors[next(iter(self.cursors))]
            answer["nextRecordsUrl"] = f"/services/data/{version}/{cursor.path}/{key}-{end}"
        return {**answer, "records": records}

    def records(self, select: Select, numbers: Any, version: str) -> list[dict[str, Any]]:
        """The records with these row numbers, in this order."""
        out = []
        for start in range(0, len(numbers), 20_000):
            part = numbers[start : start + 20_000]
            marks = ", ".join("?" * len(part))
            alias = f"{select.compiler.prefix}0"
            sql = f"SELECT {select.sql()} FROM {select.compiler.source_sql()} WHERE {alias}._n IN ({marks})"
            with self.org.store.lock:
                found = {row[0]: tuple(row) for row in self.org.store.db.execute(sql, tuple(part))}
            out += [select.record(found[number], version) for number in part if number in found]
        if select.children:
            from service_sandbox.salesforce.soql_children import attach_children

            attach_children(self, select, out, version)
        return out


def limits(query: ast.Query) -> str:
    """LIMIT and OFFSET in SQL."""
    if query.limit is None and query.offset is None:
        return ""
    return f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset or 0}"
