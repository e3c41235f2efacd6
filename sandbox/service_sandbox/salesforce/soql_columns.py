"""`columns=true` on a query: what its columns are, instead of its records. The official command line asks for it."""

from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.schema import Field
from service_sandbox.salesforce.soql_children import child_of
from service_sandbox.salesforce.soql_parse import parse
from service_sandbox.salesforce.soql_sql import Compiler

APEX_TYPES = {"id": "Id", "reference": "Id", "boolean": "Boolean", "int": "Integer", "double": "Double",
              "currency": "Double", "percent": "Double", "date": "Date", "datetime": "Datetime",
              "address": "Address"}  # fmt: skip
NUMBERS = ("int", "double", "currency", "percent")


def describe_columns(org: Any, user: Any, text: str) -> dict[str, Any]:
    """The answer for a query. Raises ApiError as running it would."""
    query = parse(text)
    compiler = Compiler(org, user, query)
    compiler.compile()
    columns = [] if query.counts_only else _columns(compiler, query)
    return {
        "columnMetadata": columns, "entityName": compiler.sobject.name, "groupBy": bool(query.group),
        "idSelected": any(one["columnName"] == "Id" for one in columns), "keyPrefix": compiler.sobject.prefix,
    }  # fmt: skip


def _columns(compiler: Compiler, query: ast.Query) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    unnamed = 0
    for column in query.columns:
        if isinstance(column.what, ast.Query):
            child, _, shown = child_of(compiler, column.what)
            inner = ast.Query(column.what.columns, child, column.what.source_at, column.what.alias)
            below = _columns(Compiler(compiler.org, compiler.user, inner, text=compiler.text), inner)
            found.append(_entry(shown, "List", aggregate=True, below=below))
        elif isinstance(column.what, ast.Function):
            name = column.alias or f"expr{unnamed}"
            unnamed += column.alias is None
            _, item = compiler.function(column.what)
            found.append(_field(name, item, aggregate=True))
        else:
            _nest(compiler, found, column.what)
    return found


def _nest(compiler: Compiler, found: list[dict[str, Any]], path: ast.Path) -> None:
    """A field, below an entry for each parent on its way."""
    _, item, _ = compiler.resolve(path)
    sobject, level = compiler.sobject, found
    for name in compiler.without_own_name(path)[:-1]:
        reference = sobject.relationship(name)
        known = next((one for one in level if one["columnName"] == reference.relationship), None)
        if known is None:
            known = _entry(reference.relationship, reference.to[-1], foreign=reference.name)
            level.append(known)
        level, sobject = known["joinColumns"], compiler.org.schema[reference.to[-1]]
    level.append(_field(item.name, item))


def _field(name: str, item: Field, *, aggregate: bool = False) -> dict[str, Any]:
    entry = _entry(name, APEX_TYPES.get(item.type, "String"), aggregate=aggregate)
    return {**entry, "booleanType": item.type == "boolean", "numberType": item.type in NUMBERS, "custom": item.custom,
            "textType": item.text and item.type not in ("id", "reference"), "insertable": item.has("C"),
            "updatable": item.has("U")}  # fmt: skip


def _entry(
    name: str, apex: str, *, aggregate: bool = False, foreign: str | None = None, below: list | None = None
) -> dict[str, Any]:
    return {"aggregate": aggregate, "apexType": apex, "booleanType": False, "columnName": name, "custom": False,
            "displayName": name, "foreignKeyName": foreign, "insertable": False, "joinColumns": below or [],
            "numberType": False, "textType": False, "updatable": False}  # fmt: skip
