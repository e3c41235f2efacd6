"""GROUP BY and aggregate functions."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.errors import malformed
from service_sandbox.salesforce.schema import Field
from service_sandbox.salesforce.soql_errors import located
from service_sandbox.salesforce.soql_sql import Compiler


def aggregate_rows(org: Any, query: ast.Query, compiler: Compiler) -> list[dict[str, Any]]:
    """The AggregateResult rows of a grouped query; unnamed functions are called expr0, expr1..."""
    groups = {path.text.lower(): _groupable(compiler, path) for path in query.group}
    columns, names, items, unnamed = [], [], [], 0
    for column in query.columns:
        if isinstance(column.what, ast.Query):
            raise malformed(located(compiler.text, column.at, "a child query cannot be grouped"))
        if isinstance(column.what, ast.Path) and column.what.text.lower() not in groups:
            problem = f"Field must be grouped or aggregated: {column.what.text}"
            raise malformed(located(compiler.text, column.at, problem))
        if column.alias and "." in column.alias:
            raise malformed(located(compiler.text, column.at, f"Invalid alias: {column.alias}"))
        sql, item = compiler.operand(column.what)
        name = column.alias or (item.name if isinstance(column.what, ast.Path) else f"expr{unnamed}")
        unnamed += not column.alias and isinstance(column.what, ast.Function)
        columns.append(sql)
        names.append(name)
        items.append(item)
    made = compiler.compile()
    where_parameters = list(made.parameters)
    sql = f"SELECT {', '.join(columns)} FROM {made.source} WHERE {made.where}"
    if groups:
        sql += " GROUP BY " + ", ".join(groups.values())
    if query.having is not None:
        del compiler.parameters[:]
        sql += f" HAVING {compiler.condition(query.having)}"
        where_parameters += compiler.parameters
    if made.order:
        sql += f" ORDER BY {made.order}"
    from service_sandbox.salesforce.soql_run import limits

    with org.store.lock:
        found = [tuple(row) for row in org.store.db.execute(sql + limits(query), where_parameters)]
    return [_result(names, items, row) for row in found]


def _groupable(compiler: Compiler, path: ast.Path) -> str:
    sql, item, _ = compiler.resolve(path)
    if not item.has("G"):
        problem = f"field '{item.name}' can not be grouped in a query call"
        raise compiler.fail("MALFORMED_QUERY", path.at, problem)
    return f"fold({sql})" if item.text and item.type not in ("id", "reference") else sql


def _result(names: list[str], items: list[Field], row: tuple) -> dict[str, Any]:
    from service_sandbox.salesforce.soql_run import shape

    values = {name: shape(item, value) for name, item, value in zip(names, items, row, strict=True)}
    return {"attributes": {"type": "AggregateResult"}, **values}
