"""Queries that are sent together, with their results as frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, SalesforceClient, soql
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.errors import ContractError

ID_FIELDS = ("Id", "CampaignId", "LeadId", "ContactId")


class QueryBatch:
    """Queries that are sent together; results are frames by name.

    Records become frames as they arrive, and text becomes Arrow text: as Python objects they would take several times
    the memory.
    """

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._columns: dict[str, list[str]] = {}
        self._queries: list[tuple[str, Query]] = []
        self._filters: dict[int, str] = {}
        self._frames: dict[str, list[pd.DataFrame]] = {}

    def expect(self, name: str, fields: list[str]) -> None:
        """Set the columns of a frame that may have no query."""
        self._columns[name] = fields

    def add(self, name: str, query: Query) -> None:
        """Add a query; several queries of one name share a frame."""
        self.expect(name, list(query.fields))
        self._queries.append((name, query))

    def add_in(self, name: str, sobject: str, fields: list[str], column: str, values: Iterable[str]) -> None:
        """Add a query with `column IN values`; without values it is not sent."""
        self.add(name, Query(sobject, fields, [soql.in_list(column, values)]))
        self._filters[len(self._queries) - 1] = column

    def run(self) -> None:
        """Send all queries."""
        self._client.execute([query for _, query in self._queries], on_records=self._append)

    def _append(self, number: int, records: list[dict[str, Any]]) -> None:
        name, query = self._queries[number]
        column = self._filters.get(number)
        if column and any(record.get(column) is None for record in records if column in query.fields):
            raise ContractError(f"Salesforce answered a query of {query.object} by {column} with records without it.")
        self._frames.setdefault(name, []).append(self._frame(name, records))

    def _frame(self, name: str, records: list[dict[str, Any]]) -> pd.DataFrame:
        columns = {column: [record.get(column) for record in records] for column in self._columns[name]}
        return pd.DataFrame({column: normalize.column(values) for column, values in columns.items()})

    def frame(self, name: str) -> pd.DataFrame:
        """The records of a name, each once, with all requested columns; record ids have 18 characters."""
        rows = pd.concat(self._frames.pop(name, []) or [self._frame(name, [])], ignore_index=True)
        for column in ID_FIELDS:
            if column in rows:
                rows[column] = normalize.long_id(rows[column])
        return rows.drop_duplicates("Id", ignore_index=True)
