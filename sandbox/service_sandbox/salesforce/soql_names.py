"""Names in a query: the object, fields of it and of its parents, and the joins that they need."""

from typing import Any

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.errors import ApiError, advice, no_such_object
from service_sandbox.salesforce.schema import Field, SObject
from service_sandbox.salesforce.soql_errors import located


class Names:
    """The object that a query reads and every parent that its paths reach; each parent is joined once."""

    def __init__(self, org: Any, user: Any, query: ast.Query, *, text: str | None = None, prefix: str = "t"):
        self.org, self.user, self.query, self.prefix = org, user, query, prefix
        self.text = text if text is not None else query.text
        self.sobject = self._source()
        self.joins: dict[tuple[str, ...], tuple[str, SObject]] = {(): (f"{prefix}0", self.sobject)}

    def fail(self, code: str, at: int, problem: str) -> ApiError:
        """A refusal with the place in the query."""
        return ApiError(400, code, located(self.text, at, problem))

    def _source(self) -> SObject:
        if "." in (self.query.alias or ""):
            raise self.fail("MALFORMED_QUERY", self.query.source_at, f"Invalid alias: {self.query.alias}")
        found = self.org.schema.get(self.query.source)
        if found is None or not self.user.rights.may("read", found):
            raise self.fail("INVALID_TYPE", self.query.source_at, no_such_object(self.query.source))
        return found

    # --- names ----------------------------------------------------------------------------------------------------

    def resolve(self, path: ast.Path) -> tuple[str, Field, SObject]:
        """SQL expression, field and object behind a path; joins parents as needed."""
        names = self.without_own_name(path)
        steps: tuple[str, ...] = ()
        for name in names[:-1]:
            steps = self._join(steps, name, path)
        alias, sobject = self.joins[steps]
        item = sobject.get(names[-1])
        if item is None or not self.user.rights.sees(sobject, item):
            problem = f"No such column '{names[-1]}' on entity '{sobject.name}'. {advice('field', '__c')}"
            raise self.fail("INVALID_FIELD", path.at, problem)
        return f'{alias}."{item.name}"', item, sobject

    def without_own_name(self, path: ast.Path) -> tuple[str, ...]:
        """The path without the object's own name or alias in front, as in `Lead.Email` or `l.Email`."""
        own = {self.sobject.name.lower(), (self.query.alias or "").lower()} - {""}
        first, *rest = path.names
        return tuple(rest) if rest and first.lower() in own and not self.sobject.relationship(first) else path.names

    def _join(self, steps: tuple[str, ...], name: str, path: ast.Path) -> tuple[str, ...]:
        _alias, sobject = self.joins[steps]
        item = sobject.relationship(name)
        target = next((found for one in item.to if (found := self.org.schema.get(one))), None) if item else None
        if item is not None and "User" in item.to:
            target = self.org.schema["User"]
        if item is None or target is None or not self.user.rights.may("read", target):
            problem = f"Didn't understand relationship '{name}' in field path. {advice('relationship', '__r')}"
            raise self.fail("INVALID_FIELD", path.at, problem)
        longer = (*steps, name.lower())
        self.joins.setdefault(longer, (f"{self.prefix}{len(self.joins)}", target))
        return longer

    def source_sql(self) -> str:
        """The FROM clause with every parent joined so far."""
        sql = f'"{self.sobject.name}_view" {self.prefix}0'
        for steps, (alias, target) in self.joins.items():
            if steps:
                parent_alias, parent = self.joins[steps[:-1]]
                reference = parent.relationship(steps[-1])
                sql += f' LEFT JOIN "{target.name}_view" {alias} ON {alias}.Id = {parent_alias}."{reference.name}"'
        return sql
