"""Generates large numbers of records with one SQL statement."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.values import format_datetime

FIRST = ("Ana", "Benoît", "Chloé", "David", "Emma", "Farid", "Gaëlle", "Hugo", "Inès", "Jonas", "Kenza", "Louis")
LAST = ("Martin", "Bernard", "Dubois", "O'Brien", "Laurent", "Simon", "Núñez", "Lefebvre", "Roux", "Müller", "Nowak")


def address(sobject: str, number: int) -> str:
    """Returns the e-mail address of the generated record `number` (from 1), for tests that look records up."""
    return f"{sobject.lower()}.{number}@generated.example"


def generate(org: Any, sobject: str, count: int) -> None:
    """Adds `count` Leads or Contacts with distinct addresses (`address`), created one per minute until now."""
    kind = org.schema[sobject]
    store, now = org.store, org.clock.now()
    store.db.create_function("make_id", 1, lambda number: ids.make(kind.prefix, number), deterministic=True)
    extra = {"Lead": {"Company": "'Company ' || (i % 50000)", "Status": "'Open - Not Contacted'"}}.get(sobject, {})
    first, last = _cycle(FIRST), _cycle(LAST)
    columns = {
        "_n": "base + i", "Id": "make_id(base + i)", "FirstName": first, "LastName": last,
        "Name": f"{first} || ' ' || {last}", "Email": f"'{sobject.lower()}.' || i || '@generated.example'",
        "OwnerId": f"'{org.users.admin.id}'", "CreatedById": f"'{org.users.admin.id}'",
        "LastModifiedById": f"'{org.users.admin.id}'", **extra}  # fmt: skip
    moment = "strftime('%Y-%m-%dT%H:%M:00.000+0000', ?, '-' || (? - i) || ' minutes')"
    dates = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), moment)
    names = ", ".join(f'"{name}"' for name in (*columns, *dates))
    values = ", ".join((*columns.values(), *dates.values()))
    with store.transaction():
        base = store.scalar(f'SELECT IFNULL(MAX(_n), 0) FROM "{sobject}"')
        store.execute(
            f'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) '
            f'INSERT INTO "{sobject}" ({names}) SELECT {values.replace("base", str(base))} FROM n',
            (count, *([format_datetime(now)[:19], count] * len(dates))),
        )  # fmt: skip


def _cycle(names: tuple[str, ...]) -> str:
    quoted = [name.replace("'", "''") for name in names]
    choices = " ".join(f"WHEN {position} THEN '{name}'" for position, name in enumerate(quoted))
    return f"(CASE i % {len(names)} {choices} END)"
