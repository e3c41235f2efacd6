"""Constants of a query as SQL parameters, checked against the type of the field that they are compared with."""

from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.schema import Field
from service_sandbox.salesforce.soql_dates import date_range
from service_sandbox.salesforce.soql_names import Names
from service_sandbox.salesforce.store import fold
from service_sandbox.salesforce.values import parse_moment

LITERAL_OF = {"boolean": "boolean", "date": "date", "datetime": "datetime", "int": "number", "double": "number",
              "currency": "number", "percent": "number"}  # fmt: skip
WORDING = {"number": "number", "boolean": "boolean", "date": "date", "datetime": "dateTime", "string": "string"}
DATE_COMPARISONS = {
    "=": "{0} >= ? AND {0} < ?", "!=": "NOT IFNULL({0} >= ? AND {0} < ?, 0)", "<": "{0} < ?", "<=": "{0} < ?",
    ">": "{0} >= ?", ">=": "{0} >= ?"}  # fmt: skip


def parameter(names: Names, literal: ast.Literal, item: Field) -> Any:
    """A literal as a parameter for this field; refuses one of the wrong kind."""
    if literal.kind == "null":
        return None
    wanted = LITERAL_OF.get(item.type, "string")
    if literal.kind != wanted:
        quotes = {"string": " and should be enclosed in quotes"}.get(wanted, "")
        quotes = " and should not be enclosed in quotes" if literal.kind == "string" else quotes
        problem = f"value of filter criterion for field '{item.name}' must be of type {WORDING[wanted]}{quotes}"
        raise names.fail("INVALID_FIELD", literal.at, problem)
    if item.type in ("id", "reference"):
        return _record_id(names, literal)
    if wanted == "string":
        return (literal.value if item.case_sensitive else fold(literal.value)) or None
    if wanted in ("date", "datetime"):
        return _moment(names, literal, wanted)
    return int(literal.value) if wanted == "boolean" else literal.value


def _moment(names: Names, literal: ast.Literal, kind: str) -> str:
    moment = parse_moment(kind, literal.value.upper())
    if moment is None:
        raise names.fail("MALFORMED_QUERY", literal.at, f"Invalid {kind}: {literal.value}")
    return moment


def _record_id(names: Names, literal: ast.Literal) -> str | None:
    if not literal.value:
        return None
    found = ids.canonical(literal.value)
    if found is None:
        raise names.fail("INVALID_QUERY_FILTER_OPERATOR", literal.at, f"invalid ID field: {literal.value}")
    return found


def date_word(names: Names, node: ast.Compare, sql: str, item: Field) -> tuple[str, list[str]]:
    """A comparison with TODAY, LAST_N_DAYS:3 and the like, in SQL with its parameters."""
    word, number = node.literal.value
    span = date_range(word, number, names.org.clock.now()) if item.type in ("date", "datetime") else None
    if span is None or node.operator not in DATE_COMPARISONS:
        raise names.fail("MALFORMED_QUERY", node.literal.at, f"unexpected token: '{word}'")
    midnight = "T00:00:00.000+0000" if item.type == "datetime" else ""
    first, after = (f"{day.isoformat()}{midnight}" for day in span)
    values = {"=": [first, after], "!=": [first, after], "<": [first], ">=": [first]}.get(node.operator, [after])
    return f"({DATE_COMPARISONS[node.operator].format(sql)})", values
