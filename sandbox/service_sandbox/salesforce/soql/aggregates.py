"""Queries with GROUP BY or aggregate functions."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce.model.errors import ApiError, malformed
from service_sandbox.salesforce.model.schema import Field
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.compiler import Compiler
from service_sandbox.salesforce.soql.error_positions import locate_error
from service_sandbox.salesforce.soql.row_values import json_value, limit_clause


@dataclass(frozen=True)
class ResultColumn:
    """One value of an AggregateResult: its name, SQL and field."""

    name: str
    sql: str
    item: Field


def aggregate_rows(org: Any, query: nodes.Query, compiler: Compiler) -> list[dict[str, Any]]:
    """Returns the AggregateResult rows of a query. Raises ApiError if a column is neither grouped nor aggregated."""
    groups = {path.text.lower(): _groupable(compiler, path) for path in query.group}
    columns = _columns(query, compiler, set(groups))
    compiled = compiler.compile()
    parameters = list(compiled.parameters)
    sql = f"SELECT {', '.join(one.sql for one in columns)} FROM {compiled.source} WHERE {compiled.where}"
    if groups:
        sql += " GROUP BY " + ", ".join(groups.values())
    if query.having is not None:
        del compiler.parameters[:]
        sql += f" HAVING {compiler.condition(query.having)}"
        parameters += compiler.parameters
    if compiled.order:
        sql += f" ORDER BY {compiled.order}"
    with org.store.lock:
        found = [tuple(row) for row in org.store.db.execute(sql + limit_clause(query), parameters)]
    return [_result(columns, row) for row in found]


def _columns(query: nodes.Query, compiler: Compiler, groups: set[str]) -> list[ResultColumn]:
    """Functions without alias are named expr0, expr1, ..."""
    columns: list[ResultColumn] = []
    unnamed = 0
    for column in query.columns:
        expression = column.expression
        if isinstance(expression, nodes.Query):
            raise _malformed(compiler, column, "a child query cannot be grouped")
        if isinstance(expression, nodes.Path) and expression.text.lower() not in groups:
            raise _malformed(compiler, column, f"Field must be grouped or aggregated: {expression.text}")
        if column.alias and "." in column.alias:
            raise _malformed(compiler, column, f"Invalid alias: {column.alias}")
        sql, item = compiler.operand(expression)
        default = item.name
        if isinstance(expression, nodes.Function) and not column.alias:
            default, unnamed = f"expr{unnamed}", unnamed + 1
        columns.append(ResultColumn(column.alias or default, sql, item))
    return columns


def _malformed(compiler: Compiler, column: nodes.Column, problem: str) -> ApiError:
    return malformed(locate_error(compiler.text, column.at, problem))


def _groupable(compiler: Compiler, path: nodes.Path) -> str:
    sql, item, _ = compiler.resolve(path)
    if not item.has("G"):
        problem = f"field '{item.name}' can not be grouped in a query call"
        raise compiler.fail("MALFORMED_QUERY", path.at, problem)
    return f"fold({sql})" if item.text and item.type not in ("id", "reference") else sql


def _result(columns: list[ResultColumn], row: tuple[Any, ...]) -> dict[str, Any]:
    values = {column.name: json_value(column.item, value) for column, value in zip(columns, row, strict=True)}
    return {"attributes": {"type": "AggregateResult"}, **values}
