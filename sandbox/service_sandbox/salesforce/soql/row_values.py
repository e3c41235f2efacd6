"""Values of result rows as JSON, and the LIMIT clause; shared by record and aggregate queries."""

from typing import Any

from service_sandbox.salesforce.model.schema import Field
from service_sandbox.salesforce.soql import nodes


def json_value(item: Field, value: Any) -> Any:
    """Returns a stored value as JSON carries it: booleans are stored as 0 and 1."""
    return bool(value) if item.type == "boolean" and value is not None else value


def limit_clause(query: nodes.Query) -> str:
    """Returns the SQL LIMIT and OFFSET of a query, or an empty string."""
    if query.limit is None and query.offset is None:
        return ""
    return f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset or 0}"
