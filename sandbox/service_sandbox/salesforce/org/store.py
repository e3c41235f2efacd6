"""The records of an org in SQLite: one table per object, one column per stored field, soft deletion.

Text is compared with the SQL function `fold` (Unicode case folding); columns that queries filter by are indexed on it.
All threads share one connection behind a lock. Durability is disabled for speed: after a crash the sandbox is seeded
again.
"""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.schema import Field, Schema, SObject
from service_sandbox.salesforce.model.values import fold

INDEXED = {
    "Lead": ("Email",),
    "Contact": ("Email", "AccountId"),
    "Account": ("Name",),
    "User": ("Username",),
    "CampaignMember": ("CampaignId", "LeadId", "ContactId"),
    "CampaignMemberStatus": ("CampaignId",),
}
CASE_SENSITIVE = ("id", "reference")
SQL_TYPES = {"boolean": "INTEGER", "int": "INTEGER", "double": "REAL", "currency": "REAL", "percent": "REAL"}


class Store:
    """Reads and writes rows and creates ids, without business rules."""

    def __init__(self, path: Path | str | None, schema: Schema) -> None:
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
            self._create_view(sobject)

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
        """Creates an index for comparisons with this field."""
        key = f'"{item.name}"' if item.type in CASE_SENSITIVE else f'fold("{item.name}")'
        self.db.execute(f'CREATE INDEX IF NOT EXISTS "{sobject.name}_{item.name}" ON "{sobject.name}"({key})')

    def add_column(self, sobject: SObject, item: Field) -> None:
        """Adds a column for a new field."""
        with self.lock:
            known = {row["name"] for row in self.db.execute(f'PRAGMA table_info("{sobject.name}")')}
            if item.name not in known:
                self.db.execute(f'ALTER TABLE "{sobject.name}" ADD COLUMN {self._column(item)}')
            if item.unique or item.external_id:
                self.index(sobject, item)
            self._create_view(sobject)

    def _create_view(self, sobject: SObject) -> None:
        """Creates the view that queries read: the table, joined with contact or lead for mirrored fields."""
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
        """Commits all changes or none. A nested transaction joins the outer one."""
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
    def owns_transaction(self) -> bool:
        """Whether this thread has an open transaction. No other thread writes then, so record locks are not needed."""
        return self._owner == threading.get_ident()

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Returns the rows of a SELECT."""
        with self.lock:
            return [dict(row) for row in self.db.execute(sql, parameters)]

    def scalar(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Returns the first column of the first row, or None."""
        with self.lock:
            row = self.db.execute(sql, parameters).fetchone()
            return row[0] if row else None

    def get(self, sobject: str, record_id: str | None) -> dict[str, Any] | None:
        """Returns a record by its 18-character id, even if it is deleted, or None."""
        rows = self.select(f'SELECT * FROM "{sobject}" WHERE Id = ?', (record_id,))
        return rows[0] if rows else None

    def find(self, sobject: SObject, item: Field, value: Any, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Returns the records whose field equals the value, oldest first; text is compared without regard to case."""
        key, wanted = self.comparable(item, value)
        alive = "" if deleted or not sobject.get("IsDeleted") else " AND IsDeleted = 0"
        return self.select(f'SELECT * FROM "{sobject.name}" WHERE {key} = ?{alive} ORDER BY _n', (wanted,))

    @staticmethod
    def comparable(item: Field, value: Any) -> tuple[str, Any]:
        """Returns SQL expression and parameter for a comparison with this field."""
        if item.text and item.type not in CASE_SENSITIVE and not item.case_sensitive:
            return f'fold("{item.name}")', fold(value)
        return f'"{item.name}"', value

    def insert(self, sobject: SObject, rows: Iterable[dict[str, Any]]) -> list[str]:
        """Inserts rows of stored values; returns their ids."""
        inserted: list[str] = []
        with self.transaction():
            number = self.scalar(f'SELECT MAX(_n) FROM "{sobject.name}"') or 0
            for row in rows:
                number += 1
                row["Id"] = row.get("Id") or ids.make(sobject.prefix, number)
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * (len(row) + 1))
                self.db.execute(f'INSERT INTO "{sobject.name}" (_n, {names}) VALUES ({marks})', (number, *row.values()))
                inserted.append(row["Id"])
        return inserted

    def update(self, sobject: SObject, record_id: str, values: dict[str, Any]) -> None:
        """Updates columns of one record."""
        if values:
            sets = ", ".join(f'"{name}" = ?' for name in values)
            self.execute(f'UPDATE "{sobject.name}" SET {sets} WHERE Id = ?', (*values.values(), record_id))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Executes another statement; returns the number of affected rows."""
        with self.lock:
            return self.db.execute(sql, parameters).rowcount

    def close(self) -> None:
        """Closes the database."""
        with self.lock:
            self.db.close()
