"""Rows for bulk jobs, and how the tests send them."""

from __future__ import annotations

from tests.integration.clients.scripted import Answer

CUT = Answer(cut=-1)


def done_but_cut() -> Answer:
    """The server did it, and the answer never came."""
    return Answer(cut=-1, headers={"after": "1"})


def people(number: int) -> list[dict]:
    return [{"LastName": f"n{row}", "Title": 'He said "x",\nthen left'} for row in range(number)]


def insert(client, records):
    return client.bulk("insert", "Lead", records, match_on=["LastName"])
