"""The org's records in SQLite: one table per object, one column per stored field, soft deletion.

Text compares through the SQL function `fold` (Unicode case folding), and the columns that queries filter by have an
index on it. One connection serves all threads behind a lock; durability is given up for speed, since a sandbox that
crashes is simply seeded again.
"""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service_sandbox.salesforce import ids
from service_sandbox.salesforce.schema import Field, Schema, SObject

INDEXED = {
    "Lead": ("Email",),
    "Contact": ("Email", "AccountId"),
    "Account": ("Name",),
    "User": ("Username",),
    "CampaignMember": ("CampaignId", "LeadId", "ContactId"),
    "CampaignMemberStatus": ("CampaignId",),
}
CASE_MINDED = ("id", "reference")
SQL_TYPES = {"boolean": "INTEGER", "int": "INTEGER", "double": "REAL", "currency": "REAL", "percent": "REAL"}


def fold(value: str | None) -> str | None:
    """The form in which Salesforce compares text: case does not count."""
    return value.casefold() if isinstance(value, str) else value


class Store:
    """Tables, ids and plain reads and writes; knows no business rule."""

    def __init__(self, path: Path | str | None, schema: Schema):
        self.schema = schema
        self.lock = threading.RLock()
        self._owner: int | None = None
        self.db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.create_function("fold", 1, fold, deterministic=True)
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "temp_store=MEMORY", "cache_size=-65536"):
            self.db.execute(f"PRAGMA {pragma}")
        for sobject in schema:
            self._create(sobject)
        self.create_views()

    def _create(self, sobject: SObject) -> None:
        columns = ", ".join(self._column(item) for item in sobject.fields.values() if item.stored and item.name != "Id")
        self.db.execute(
            f'CREATE TABLE IF NOT EXISTS "{sobject.name}" (_n INTEGER PRIMARY KEY, "Id" TEXT UNIQUE, {columns})'
        )
        for name in INDEXED.get(sobject.name, ()):
            self.index(sobject, sobject.fields[name])
        if sobject.get("CreatedDate"):
            self.db.execute(f'CREATE INDEX IF NOT EXISTS "{sobject.name}_created" ON "{sobject.name}"(CreatedDate)')

    def _column(self, item: Field) -> str:
        return f'"{item.name}" {SQL_TYPES.get(item.type, "TEXT")}' + (" DEFAULT 0" if item.type == "boolean" else "")

    def index(self, sobject: SObject, item: Field) -> None:
        """Make equality on this field fast."""
        key = f'"{item.name}"' if item.type in CASE_MINDED else f'fold("{item.name}")'
        self.db.execute(f'CREATE INDEX IF NOT EXISTS "{sobject.name}_{item.name}" ON "{sobject.name}"({key})')

    def add_column(self, sobject: SObject, item: Field) -> None:
        """A column for a new field."""
        with self.lock:
            known = {row["name"] for row in self.db.execute(f'PRAGMA table_info("{sobject.name}")')}
            if item.name not in known:
                self.db.execute(f'ALTER TABLE "{sobject.name}" ADD COLUMN {self._column(item)}')
            if item.unique or item.external_id:
                self.index(sobject, item)
            self.create_views()

    def create_views(self) -> None:
        """What queries read: tables, and for mirrored fields a join with the person (the contact first)."""
        for sobject in self.schema:
            self.db.execute(f'DROP VIEW IF EXISTS "{sobject.name}_view"')
            mirrored = [item for item in sobject.fields.values() if item.mirrors]
            joins = "" if not mirrored else (
                ' LEFT JOIN "Contact" c ON c.Id = t.ContactId LEFT JOIN "Lead" l ON l.Id = t.LeadId'
                ' LEFT JOIN "Account" a ON a.Id = c.AccountId')  # fmt: skip
            extra = "".join(f', {self._mirror(item)} AS "{item.name}"' for item in mirrored)
            self.db.execute(f'CREATE VIEW "{sobject.name}_view" AS SELECT t.*{extra} FROM "{sobject.name}" t{joins}')

    @staticmethod
    def _mirror(item: Field) -> str:
        def source(alias: str, name: str) -> str:
            if name.startswith("'"):
                return name
            return f'a."{name.split(".")[1]}"' if "." in name else f'{alias}."{name}"'

        contact, lead = item.mirrors or ("", "")
        return f"CASE WHEN t.ContactId IS NOT NULL THEN {source('c', contact)} ELSE {source('l', lead)} END"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for what is written inside; nests by joining the outer one."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self._owner = threading.get_ident()
            self.db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            else:
                self.db.execute("COMMIT")
            finally:
                self._owner = None

    @property
    def mine(self) -> bool:
        """Whether this thread has a transaction open; it is then alone and needs no record locks."""
        return self._owner == threading.get_ident()

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of any SELECT, as dictionaries."""
        with self.lock:
            return [dict(row) for row in self.db.execute(sql, parameters)]

    def scalar(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """First column of the first row, or None."""
        with self.lock:
            row = self.db.execute(sql, parameters).fetchone()
            return row[0] if row else None

    def get(self, sobject: str, record_id: str | None) -> dict[str, Any] | None:
        """One record by its 18-character id, deleted or not."""
        rows = self.select(f'SELECT * FROM "{sobject}" WHERE Id = ?', (record_id,))
        return rows[0] if rows else None

    def find(self, sobject: SObject, item: Field, value: Any, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Records whose field equals the value, oldest first; text without regard to case."""
        key, wanted = self.comparable(item, value)
        alive = "" if deleted or not sobject.get("IsDeleted") else " AND IsDeleted = 0"
        return self.select(f'SELECT * FROM "{sobject.name}" WHERE {key} = ?{alive} ORDER BY _n', (wanted,))

    @staticmethod
    def comparable(item: Field, value: Any) -> tuple[str, Any]:
        """SQL expression and parameter with which to compare this field for equality."""
        if item.text and item.type not in CASE_MINDED and not item.case_sensitive:
            return f'fold("{item.name}")', fold(value)
        return f'"{item.name}"', value

    def insert(self, sobject: SObject, rows: Iterable[dict[str, Any]]) -> list[str]:
        """New records, ids given by the store; values must already be in stored form."""
        made = []
        with self.transaction():
            number = self.scalar(f'SELECT MAX(_n) FROM "{sobject.name}"') or 0
            for row in rows:
                number += 1
                row["Id"] = row.get("Id") or ids.make(sobject.prefix, number)
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * (len(row) + 1))
                self.db.execute(f'INSERT INTO "{sobject.name}" (_n, {names}) VALUES ({marks})', (number, *row.values()))
                made.append(row["Id"])
        return made

    def update(self, sobject: SObject, record_id: str, values: dict[str, Any]) -> None:
        """Set columns of one record."""
        if values:
            sets = ", ".join(f'"{name}" = ?' for name in values)
            self.execute(f'UPDATE "{sobject.name}" SET {sets} WHERE Id = ?', (*values.values(), record_id))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Any other statement; returns the number of rows touched."""
        with self.lock:
            return self.db.execute(sql, parameters).rowcount

    def close(self) -> None:
        """Let the file go."""
        with self.lock:
            self.db.close()
