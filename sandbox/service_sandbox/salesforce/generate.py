"""Very many records, fast: written by one SQL statement instead of one by one."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.values import stamp

FIRST = ("Ana", "Benoît", "Chloé", "David", "Emma", "Farid", "Gaëlle", "Hugo", "Inès", "Jonas", "Kenza", "Louis")
LAST = ("Martin", "Bernard", "Dubois", "O'Brien", "Laurent", "Simon", "Núñez", "Lefebvre", "Roux", "Müller", "Nowak")


def address(sobject: str, number: int) -> str:
    """The address of the `number`-th generated record (from 1), so that a benchmark can ask for known ones."""
    return f"{sobject.lower()}.{number}@generated.example"


def generate(org: Any, sobject: str, count: int) -> None:
    """`count` Leads or Contacts with distinct addresses (`address`), made one a minute up to now."""
    kind = org.schema[sobject]
    store, now = org.store, org.clock.now()
    store.db.create_function("make_id", 1, lambda number: ids.make(kind.prefix, number), deterministic=True)
    extra = {"Lead": {"Company": "'Company ' || (i % 50000)", "Status": "'Open - Not Contacted'"}}.get(sobject, {})
    first, last = _pick(FIRST), _pick(LAST)
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
            (count, *([stamp(now)[:19], count] * len(dates))),
        )  # fmt: skip


def _pick(words: tuple[str, ...]) -> str:
    choices = " ".join(f"WHEN {place} THEN '{word.replace(chr(39), chr(39) * 2)}'" for place, word in enumerate(words))
    return f"(CASE i % {len(words)} {choices} END)"
