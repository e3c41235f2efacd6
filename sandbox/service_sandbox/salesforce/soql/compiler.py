"""Compiles a query to SQL over the views of the store, checked against schema and permissions.

SOQL has two truth values: a comparison with a missing value is false, but `!=` and `NOT IN` are true, and NOT inverts
both. SQL's null must therefore not reach a NOT.
"""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

import json
from dataclasses import dataclass, field
from typing import Any

from service_sandbox.salesforce.model.schema import Field
from service_sandbox.salesforce.model.values import fold
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.literals import date_comparison, parameter
from service_sandbox.salesforce.soql.name_resolution import NameResolver
from service_sandbox.salesforce.soql.nodes import LiteralType

MOST_PARAMETERS = 5_000


@dataclass
class Compiled:
    """FROM, WHERE and ORDER BY in SQL, with their parameters."""

    source: str
    where: str
    order: str
    parameters: list[Any] = field(default_factory=list)


class Compiler(NameResolver):
    """Compiles one query. The query of a semi-join has its own compiler with another `prefix` of aliases."""

    def __init__(
        self,
        org: Any,
        user: Any,
        query: nodes.Query,
        *,
        deleted: bool = False,
        text: str | None = None,
        prefix: str = "t",
    ) -> None:
        super().__init__(org, user, query, text=text, prefix=prefix)
        self.deleted = deleted
        self.parameters: list[Any] = []

    # --- clauses --------------------------------------------------------------------------------------------------

    def compile(self) -> Compiled:
        """Returns FROM, WHERE and ORDER BY; the caller adds LIMIT and OFFSET."""
        where = self.condition(self.query.where) if self.query.where is not None else "1"
        alias = f"{self.prefix}0"
        if self.sobject.get("IsDeleted") and not self.deleted:
            where = f"{alias}.IsDeleted = 0 AND ({where})"
        if hidden := self._hidden(alias):
            where = f"{hidden} AND ({where})"
        order = ", ".join(self._ordering(one) for one in self.query.order)
        return Compiled(self.source_sql(), where, order, self.parameters)

    def _hidden(self, alias: str) -> str | None:
        """Returns the condition for records of others in a private object, and for private contacts (without account):
        visible to the owner and with View All."""
        name, own = self.sobject.name, f"{alias}.OwnerId = '{self.user.id}'"
        access = self.org.users.sharing.get(name)
        if access not in ("None", "ControlledByParent") or self.user.rights.can_view_all(name):
            return None
        return own if access == "None" else f"({alias}.AccountId IS NOT NULL OR {own})"

    def _ordering(self, one: nodes.Ordering) -> str:
        sql, item = self.operand(one.operand)
        if isinstance(one.operand, nodes.Path) and not item.has("S"):
            raise self.fail("INVALID_FIELD", one.operand.at,
                            f"field '{item.name}' can not be sorted in a query call")  # fmt: skip
        key = f"fold({sql})" if item.text and item.type not in ("id", "reference") else sql
        direction = "DESC" if one.descending else "ASC"
        return f"{key} {direction} NULLS {'LAST' if one.nulls_last else 'FIRST'}"

    def operand(self, expression: nodes.Path | nodes.Function) -> tuple[str, Field]:
        """Returns SQL and field of an operand; for a function the field describes its value."""
        if isinstance(expression, nodes.Path):
            sql, item, _ = self.resolve(expression)
            return sql, item
        return self.function(expression)

    def function(self, call: nodes.Function) -> tuple[str, Field]:
        """Returns SQL and field of an aggregate function."""
        if call.path is None:
            return "COUNT(*)", Field("COUNT", "Count", "int", "FS")
        sql, item, _ = self.resolve(call.path)
        if not item.has("A") and call.name != "COUNT":
            problem = f"field {item.name} does not support aggregate operator {call.name}"
            raise self.fail("MALFORMED_QUERY", call.path.at, problem)
        if call.name in ("COUNT", "COUNT_DISTINCT"):
            key = f"fold({sql})" if item.text and item.type not in ("id", "reference") else sql
            return f"COUNT({'DISTINCT ' if call.name != 'COUNT' else ''}{key})", Field("COUNT", "Count", "int", "FS")
        return f"{call.name}({sql})", item

    # --- conditions -----------------------------------------------------------------------------------------------

    def condition(self, node: Any) -> str:
        """Returns a condition in SQL; a null result counts as false."""
        if isinstance(node, nodes.Logic):
            parts = [self.condition(part) for part in node.parts]
            if node.operator == "NOT":
                return f"NOT IFNULL({parts[0]}, 0)"
            return "(" + f" {node.operator} ".join(parts) + ")"
        sql, item = self.operand(node.operand)
        if isinstance(node.operand, nodes.Path) and not item.has("F"):
            raise self.fail(
                "INVALID_FIELD", node.operand.at, f"field '{item.name}' can not be filtered in a query call"
            )
        if isinstance(node, nodes.InQuery):
            return self._semi_join(node, sql, item)
        if isinstance(node, nodes.InList):
            return self._in_list(node, sql, item)
        return self._compare(node, sql, item)

    def _semi_join(self, node: nodes.InQuery, sql: str, item: Field) -> str:
        inner = node.query
        if item.type not in ("id", "reference"):
            problem = "The left operand of a semi join must be an id or reference field"
            raise self.fail("INVALID_FIELD", node.operand.at, f"{problem}: '{item.name}'")
        if not isinstance(inner.columns[0].expression, nodes.Path):
            problem = "The inner select of a semi join must select a field"
            raise self.fail("MALFORMED_QUERY", inner.columns[0].at, problem)
        sub = Compiler(self.org, self.user, inner, text=self.text, prefix=f"{self.prefix}s{len(self.parameters)}_")
        column, inner_item, _ = sub.resolve(inner.columns[0].expression)
        if inner_item.type not in ("id", "reference"):
            problem = f"The inner select field '{inner_item.name}' cannot be used: it must be an id or reference field"
            raise self.fail("INVALID_FIELD", inner.columns[0].at, problem)
        compiled = sub.compile()
        self.parameters += compiled.parameters
        inside = f"{sql} IN (SELECT {column} FROM {compiled.source} WHERE {compiled.where} AND {column} IS NOT NULL)"
        return f"NOT IFNULL({inside}, 0)" if node.negated else inside

    def _in_list(self, node: nodes.InList, sql: str, item: Field) -> str:
        if node.operator in ("INCLUDES", "EXCLUDES"):
            return self._includes(node, sql, item)
        if item.type == "multipicklist":
            raise self.fail("INVALID_FIELD", node.operand.at, f"field '{item.name}' needs INCLUDES or EXCLUDES")
        values = [parameter(self, one, item) for one in node.literals]
        known = [one for one in values if one is not None]
        inside = f"{self._key(sql, item)} IN ({self._values(known)})" if known else "0"
        if None in values:
            inside = f"({inside} OR {sql} IS NULL)"
        return f"NOT IFNULL({inside}, 0)" if node.operator == "NOT IN" else inside

    def _values(self, values: list[Any]) -> str:
        """Returns the content of the parentheses of IN. SQLite accepts fewer parameters than SOQL has values."""
        if len(values) > MOST_PARAMETERS:
            self.parameters.append(json.dumps(values))
            return "SELECT value FROM json_each(?)"
        self.parameters += values
        return ", ".join("?" * len(values))

    def _includes(self, node: nodes.InList, sql: str, item: Field) -> str:
        if item.type != "multipicklist":
            problem = f"invalid operator on field '{item.name}': {node.operator.lower()}"
            raise self.fail("INVALID_FIELD", node.operand.at, problem)
        groups = []
        for one in node.literals:
            parts = str(parameter(self, one, item)).split(";")
            groups.append("(" + " AND ".join(f"instr(';' || fold({sql}) || ';', ?) > 0" for _ in parts) + ")")
            self.parameters += [f";{part.strip()};" for part in parts]
        inside = "(" + " OR ".join(groups) + ")"
        return inside if node.operator == "INCLUDES" else f"NOT IFNULL({inside}, 0)"

    def _compare(self, node: nodes.Compare, sql: str, item: Field) -> str:
        literal, operator = node.literal, node.operator
        if literal.type == LiteralType.WORD:
            condition, values = date_comparison(self, node, sql, item)
            self.parameters += values
            return condition
        if literal.type == LiteralType.NULL:
            if operator not in ("=", "!="):
                raise self.fail("MALFORMED_QUERY", literal.at, "unexpected token: 'null'")
            return f"{sql} IS {'' if operator == '=' else 'NOT '}NULL"
        if item.type == "boolean" and operator not in ("=", "!="):
            raise self.fail("INVALID_FIELD", node.operand.at, f"invalid operator on boolean field: {item.name}")
        if operator == "LIKE":
            return self._like(node, sql, item)
        value = parameter(self, literal, item)
        key = self._key(sql, item)
        if value is None:
            return f"{sql} IS {'' if operator == '=' else 'NOT '}NULL"
        self.parameters.append(value)
        return f"({key} <> ? OR {sql} IS NULL)" if operator == "!=" else f"{key} {operator} ?"

    def _like(self, node: nodes.Compare, sql: str, item: Field) -> str:
        if node.literal.type != LiteralType.STRING:
            problem = f"value of filter criterion for field '{item.name}' must be of type string and should be enclosed"
            raise self.fail("INVALID_FIELD", node.literal.at, f"{problem} in quotes")
        if not item.text or item.type in ("id", "reference", "multipicklist"):
            raise self.fail("INVALID_FIELD", node.operand.at, f"invalid operator on {item.type} field: LIKE")
        self.parameters.append(fold(node.literal.pattern))
        return f"{self._key(sql, item)} LIKE ? ESCAPE '\\'"

    @staticmethod
    def _key(sql: str, item: Field) -> str:
        folded = item.text and item.type not in ("id", "reference") and not item.case_sensitive
        return f"fold({sql})" if folded else sql
