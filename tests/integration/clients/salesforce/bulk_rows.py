"""Rows for bulk jobs, and bulk writes of any number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from livestorm_salesforce.clients.salesforce import Create, RowResult, SalesforceClient, Update, Upsert
from tests.integration.clients.scripted import Answer

CUT = Answer(cut=-1)


def done_but_cut() -> Answer:
    """The server carries the request out; the response is lost."""
    return Answer(cut=-1, headers={"after": "1"})


def people(number: int) -> list[dict]:
    return [{"LastName": f"n{row}", "Title": 'He said "x",\nthen left'} for row in range(number)]


def bulk_write(
    client: SalesforceClient, request: Create | Update | Upsert, match_on: Sequence[str] = ()
) -> list[RowResult]:
    """Write by bulk jobs, although the rows are few."""
    client.bulk_above = 0
    return client.write(request, match_on=match_on)


def update(client: SalesforceClient, records: Sequence[dict]) -> list[RowResult]:
    return bulk_write(client, Update("Lead", records))


def insert(
    client: SalesforceClient, records: Sequence[dict], match_on: Sequence[str] = ("LastName",)
) -> list[RowResult]:
    return bulk_write(client, Create("Lead", records), match_on)
