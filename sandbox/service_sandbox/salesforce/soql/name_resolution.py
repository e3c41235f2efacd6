"""Resolves names in a query: the object, fields of the object and of its parents, and the required joins."""

from typing import Any

from service_sandbox.salesforce.model.errors import ApiError, naming_advice, unknown_object_message
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.error_positions import locate_error


class NameResolver:
    """The object of a query and the parents that its paths refer to; each parent is joined once."""

    def __init__(self, org: Any, user: Any, query: nodes.Query, *, text: str | None = None, prefix: str = "t") -> None:
        self.org, self.user, self.query, self.prefix = org, user, query, prefix
        self.text = text if text is not None else query.text
        self.sobject = self._source()
        self.joins: dict[tuple[str, ...], tuple[str, SObject]] = {(): (f"{prefix}0", self.sobject)}

    def fail(self, code: str, at: int, problem: str) -> ApiError:
        """Returns an error with its position in the query."""
        return ApiError(400, code, locate_error(self.text, at, problem))

    def _source(self) -> SObject:
        if "." in (self.query.alias or ""):
            raise self.fail("MALFORMED_QUERY", self.query.source_at, f"Invalid alias: {self.query.alias}")
        found: SObject | None = self.org.schema.get(self.query.source)
        if found is None or not self.user.rights.may("read", found):
            raise self.fail("INVALID_TYPE", self.query.source_at, unknown_object_message(self.query.source))
        return found

    # --- names ----------------------------------------------------------------------------------------------------

    def resolve(self, path: nodes.Path) -> tuple[str, Field, SObject]:
        """Returns SQL expression, field and object of a path; joins parents if required."""
        names = self.without_own_name(path)
        steps: tuple[str, ...] = ()
        for name in names[:-1]:
            steps = self._join(steps, name, path)
        alias, sobject = self.joins[steps]
        item = sobject.get(names[-1])
        if item is None or not self.user.rights.can_see(sobject, item):
            problem = f"No such column '{names[-1]}' on entity '{sobject.name}'. {naming_advice('field', '__c')}"
            raise self.fail("INVALID_FIELD", path.at, problem)
        return f'{alias}."{item.name}"', item, sobject

    def without_own_name(self, path: nodes.Path) -> tuple[str, ...]:
        """Returns the path without the name or alias of the object, as in `Lead.Email` or `l.Email`."""
        own = {self.sobject.name.lower(), (self.query.alias or "").lower()} - {""}
        first, *rest = path.names
        return tuple(rest) if rest and first.lower() in own and not self.sobject.relationship(first) else path.names

    def _join(self, steps: tuple[str, ...], name: str, path: nodes.Path) -> tuple[str, ...]:
        _, sobject = self.joins[steps]
        item = sobject.relationship(name)
        target = next((found for one in item.to if (found := self.org.schema.get(one))), None) if item else None
        if item is not None and "User" in item.to:
            target = self.org.schema["User"]
        if item is None or target is None or not self.user.rights.may("read", target):
            problem = f"Didn't understand relationship '{name}' in field path. {naming_advice('relationship', '__r')}"
            raise self.fail("INVALID_FIELD", path.at, problem)
        longer = (*steps, name.lower())
        self.joins.setdefault(longer, (f"{self.prefix}{len(self.joins)}", target))
        return longer

    @staticmethod
    def reference(sobject: SObject, relationship: str) -> Field:
        """Returns the reference field of a relationship that is known to exist."""
        found = sobject.relationship(relationship)
        if found is None:
            raise KeyError(f"{sobject.name} has no relationship {relationship}")
        return found

    def source_sql(self) -> str:
        """Returns the FROM clause with all parents joined so far."""
        sql = f'"{self.sobject.name}_view" {self.prefix}0'
        for steps, (alias, target) in self.joins.items():
            if steps:
                parent_alias, parent = self.joins[steps[:-1]]
                reference = self.reference(parent, steps[-1])
                sql += f' LEFT JOIN "{target.name}_view" {alias} ON {alias}.Id = {parent_alias}."{reference.name}"'
        return sql
