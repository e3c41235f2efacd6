"""The SELECT list of a query that returns records: SQL columns, and conversion of rows to nested JSON."""

from dataclasses import dataclass
from typing import Any

from service_sandbox.salesforce.model.errors import malformed
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.compiler import Compiler
from service_sandbox.salesforce.soql.error_positions import locate_error
from service_sandbox.salesforce.soql.row_values import json_value

ADDRESS_PARTS = {"Street": "street", "City": "city", "State": "state", "PostalCode": "postalCode", "Country": "country",
                 "Latitude": "latitude", "Longitude": "longitude", "GeocodeAccuracy": "geocodeAccuracy"}  # fmt: skip
Steps = tuple[str, ...]
"""Relationship names from the queried object to a parent."""


@dataclass
class SelectedField:
    """One selected value. `address` is the compound field that contains it, or None."""

    steps: Steps
    name: str
    sql: str
    item: Field
    address: str | None = None


class Selection:
    """A compiled SELECT list.

    Attributes:
        fields: the selected values.
        children: the child queries.

    Raises:
        ApiError: a column is unknown, selected twice or has an alias.
    """

    def __init__(self, compiler: Compiler, columns: list[nodes.Column]) -> None:
        self.compiler = compiler
        self.fields: list[SelectedField] = []
        self.children: list[nodes.Query] = []
        for column in columns:
            self._add(column)
        # Parents that only WHERE or ORDER BY refer to are joined later and are not part of the records.
        self.joins = list(compiler.joins.items())

    def _add(self, column: nodes.Column) -> None:
        if column.alias:
            problem = "only aggregate expressions use field aliasing"
            raise malformed(locate_error(self.compiler.text, column.at, problem))
        if isinstance(column.expression, nodes.Query):
            self.children.append(column.expression)
            return
        if isinstance(column.expression, nodes.Function):
            raise TypeError("a query with functions returns aggregate results")
        sql, item, sobject = self.compiler.resolve(column.expression)
        if any(field.sql == sql for field in self.fields):
            problem = f"duplicate field selected: {column.expression.text}"
            raise self.compiler.fail("INVALID_FIELD", column.at, problem)
        alias = sql.split(".")[0]
        steps = next(key for key, (one, _) in self.compiler.joins.items() if one == alias)
        self.fields += self._fields(steps, alias, sql, item, sobject)

    @staticmethod
    def _fields(steps: Steps, alias: str, sql: str, item: Field, sobject: SObject) -> list[SelectedField]:
        if item.type != "address":
            return [SelectedField(steps, item.name, sql, item)]
        prefix = item.name.removesuffix("Address")
        parts = [(sobject.get(prefix + name), key) for name, key in ADDRESS_PARTS.items()]
        return [SelectedField(steps, key, f'{alias}."{part.name}"', part, item.name) for part, key in parts if part]

    def sql(self) -> str:
        """Returns the SQL columns: row number, ids of all parents, selected values."""
        parent_ids = [f"{alias}.Id" for _, (alias, _) in self.joins]
        return ", ".join([f"{self.compiler.prefix}0._n", *parent_ids, *(field.sql for field in self.fields)])

    def record(self, row: tuple[Any, ...], version: str) -> dict[str, Any]:
        """Returns a row as nested JSON; a missing parent is null."""
        records: dict[Steps, dict[str, Any] | None] = {}
        for (steps, (_, sobject)), record_id in zip(self.joins, row[1:], strict=False):
            records[steps] = {"attributes": attributes(sobject, record_id, version)} if record_id else None
        for field, value in zip(self.fields, row[1 + len(self.joins) :], strict=True):
            _set_value(records[field.steps], field, value)
        for steps, _ in self.joins:
            if steps and (parent := records[steps[:-1]]) is not None:
                parent[self.relationship(steps)] = records[steps]
        return records[()] or {}

    def relationship(self, steps: Steps) -> str:
        """Returns the name of the last relationship as the API spells it."""
        _, parent = self.compiler.joins[steps[:-1]]
        return str(self.compiler.reference(parent, steps[-1]).relationship)


def _set_value(record: dict[str, Any] | None, field: SelectedField, value: Any) -> None:
    if record is None:
        return
    if field.address is None:
        record[field.name] = json_value(field.item, value)
        return
    address = record.setdefault(field.address, dict.fromkeys(ADDRESS_PARTS.values()))
    address[field.name] = value


def attributes(sobject: SObject, record_id: str, version: str) -> dict[str, str]:
    """Returns the `attributes` of a record."""
    return {"type": sobject.name, "url": f"/services/data/{version}/sobjects/{sobject.name}/{record_id}"}
