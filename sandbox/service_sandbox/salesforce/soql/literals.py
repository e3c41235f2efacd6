"""Literals of a query as SQL parameters, checked against the type of the compared field."""

from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.schema import Field
from service_sandbox.salesforce.model.values import fold, parse_stored
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.date_literals import date_range
from service_sandbox.salesforce.soql.name_resolution import NameResolver
from service_sandbox.salesforce.soql.nodes import LiteralType

LITERAL_OF = {"boolean": "boolean", "date": "date", "datetime": "datetime", "int": "number", "double": "number",
              "currency": "number", "percent": "number"}  # fmt: skip
TYPE_NAMES = {"number": "number", "boolean": "boolean", "date": "date", "datetime": "dateTime", "string": "string"}
DATE_COMPARISONS = {
    "=": "{0} >= ? AND {0} < ?", "!=": "NOT IFNULL({0} >= ? AND {0} < ?, 0)", "<": "{0} < ?", "<=": "{0} < ?",
    ">": "{0} >= ?", ">=": "{0} >= ?"}  # fmt: skip


def parameter(names: NameResolver, literal: nodes.Literal, item: Field) -> Any:
    """Returns a literal as SQL parameter. Raises ApiError if its type does not fit the field."""
    if literal.type == LiteralType.NULL:
        return None
    wanted = LITERAL_OF.get(item.type, "string")
    if literal.type != wanted:
        quotes = {"string": " and should be enclosed in quotes"}.get(wanted, "")
        quotes = " and should not be enclosed in quotes" if literal.type == LiteralType.STRING else quotes
        problem = f"value of filter criterion for field '{item.name}' must be of type {TYPE_NAMES[wanted]}{quotes}"
        raise names.fail("INVALID_FIELD", literal.at, problem)
    if item.type in ("id", "reference"):
        return _record_id(names, literal)
    if wanted == "string":
        return (literal.value if item.case_sensitive else fold(literal.value)) or None
    if wanted in ("date", "datetime"):
        return _date(names, literal, wanted)
    return int(literal.value) if wanted == "boolean" else literal.value


def _date(names: NameResolver, literal: nodes.Literal, value_type: str) -> str:
    moment = parse_stored(value_type, literal.value.upper())
    if moment is None:
        raise names.fail("MALFORMED_QUERY", literal.at, f"Invalid {value_type}: {literal.value}")
    return moment


def _record_id(names: NameResolver, literal: nodes.Literal) -> str | None:
    if not literal.value:
        return None
    found = ids.canonical(literal.value)
    if found is None:
        raise names.fail("INVALID_QUERY_FILTER_OPERATOR", literal.at, f"invalid ID field: {literal.value}")
    return found


def date_comparison(names: NameResolver, node: nodes.Compare, sql: str, item: Field) -> tuple[str, list[str]]:
    """Returns SQL and parameters of a comparison with a date literal."""
    word, number = node.literal.value
    span = date_range(word, number, names.org.clock.now()) if item.type in ("date", "datetime") else None
    if span is None or node.operator not in DATE_COMPARISONS:
        raise names.fail("MALFORMED_QUERY", node.literal.at, f"unexpected token: '{word}'")
    midnight = "T00:00:00.000+0000" if item.type == "datetime" else ""
    first, after = (f"{day.isoformat()}{midnight}" for day in span)
    values = {"=": [first, after], "!=": [first, after], "<": [first], ">=": [first]}.get(node.operator, [after])
    return f"({DATE_COMPARISONS[node.operator].format(sql)})", values
