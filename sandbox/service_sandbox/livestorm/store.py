"""The workspace in SQLite. Rows contain past and future times; `timeline.py` computes what is visible at a time."""

import hashlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, shuffle INTEGER, email TEXT, first_name TEXT, last_name TEXT, role TEXT, timezone TEXT,
    avatar_link TEXT, created_at INTEGER, edited_at INTEGER, deleted_at INTEGER);
CREATE INDEX IF NOT EXISTS people_email ON people(email);
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, shuffle INTEGER, title TEXT, slug TEXT, description TEXT, language TEXT,
    estimated_duration INTEGER, owner_id TEXT, everyone_can_speak INTEGER, on_demand INTEGER, published_at INTEGER,
    cancelled_at INTEGER, created_at INTEGER, edited_at INTEGER, deleted_at INTEGER, tags TEXT, fields TEXT, more TEXT);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, shuffle INTEGER, event_id TEXT, name TEXT, timezone TEXT, draft INTEGER,
    estimated_started_at INTEGER, starts_at INTEGER, ends_at INTEGER, canceled_at INTEGER, created_at INTEGER,
    edited_at INTEGER, deleted_at INTEGER, parent_id TEXT);
CREATE INDEX IF NOT EXISTS sessions_event ON sessions(event_id);
CREATE TABLE IF NOT EXISTS registrations (
    session_id TEXT, person_id TEXT, shuffle INTEGER, role TEXT, created_at INTEGER, edited_at INTEGER,
    deleted_at INTEGER, present INTEGER, attendance_at INTEGER, rate REAL, seconds INTEGER, watched_at INTEGER,
    fields TEXT, detail TEXT, counters TEXT, leave_out TEXT, PRIMARY KEY (session_id, person_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS registrations_list ON registrations(
    session_id, created_at, deleted_at, shuffle, role, person_id);
CREATE INDEX IF NOT EXISTS registrations_person ON registrations(person_id);
CREATE TABLE IF NOT EXISTS attributes (
    id TEXT PRIMARY KEY, shuffle INTEGER, slug TEXT, name TEXT, description TEXT, placeholder TEXT, type TEXT,
    builtin INTEGER, options TEXT, user_id TEXT, created_at INTEGER, updated_at INTEGER);
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, shuffle INTEGER, url TEXT, event TEXT, created_at INTEGER, updated_at INTEGER);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, scopes TEXT);
"""
NAMESPACE = uuid.UUID("b6c1f0f4-5d0e-4b8e-9a59-0c9f6f4b1e57")
JSON_COLUMNS = ("tags", "fields", "more", "detail", "counters", "leave_out", "options", "scopes")
Row = dict[str, Any]


class Store:
    """Reads and writes rows; all threads share one connection behind a lock."""

    def __init__(self, path: Path | str | None, seed: int = 0) -> None:
        self.seed, self.lock = seed, threading.RLock()
        self.db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "temp_store=MEMORY"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.executescript(TABLES)

    def new_id(self, table: str) -> str:
        """Returns a UUID that depends only on the seed and on the number of ids created before."""
        number = int(self.meta(f"ids.{table}", "0")) + 1
        self.set_meta(f"ids.{table}", str(number))
        hashed = uuid.uuid5(NAMESPACE, f"{self.seed}/{table}/{number}")
        # Livestorm's ids are version 4, and some clients check that.
        return str(uuid.UUID(bytes=hashed.bytes, version=4))

    def meta(self, name: str, default: str = "") -> str:
        """Returns a stored value."""
        with self.lock:
            found = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(found["value"]) if found else default

    def set_meta(self, name: str, value: str) -> None:
        """Stores a value."""
        with self.lock:
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def insert(self, table: str, row: Row) -> None:
        """Inserts a row; rows of lists also get a hash of their key, which determines their position in lists."""
        if table != "tokens":
            row = {**row, "shuffle": hash_31_bits(row.get("id") or f"{row.get('session_id')}{row.get('person_id')}")}
        marks = ", ".join(f":{name}" for name in row)
        with self.lock:
            self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", encode(row))  # noqa: S608

    def update(self, table: str, where: Row, **values: Any) -> int:
        """Updates rows; returns their number."""
        assign = ", ".join(f"{name} = :{name}" for name in values)
        chosen = " AND ".join(f"{name} = :_{name}" for name in where)
        params = {**encode(values), **{f"_{name}": value for name, value in where.items()}}
        with self.lock:
            return self.db.execute(f"UPDATE {table} SET {assign} WHERE {chosen}", params).rowcount  # noqa: S608

    def delete(self, table: str, **where: Any) -> int:
        """Deletes rows; returns their number."""
        chosen = " AND ".join(f"{name} = :{name}" for name in where)
        with self.lock:
            return self.db.execute(f"DELETE FROM {table} WHERE {chosen}", where).rowcount  # noqa: S608

    def select(self, sql: str, **params: Any) -> list[Row]:
        """Returns the rows of a query with decoded JSON columns."""
        with self.lock:
            found = self.db.execute(sql, params).fetchall()
        # Of two columns with the same name, the later computed one takes precedence.
        return [decode(dict(zip(row.keys(), tuple(row), strict=True))) for row in found]

    def one(self, sql: str, **params: Any) -> Row | None:
        """Returns the first row of a query, or None."""
        return next(iter(self.select(sql, **params)), None)

    def count(self, body: str, **params: Any) -> int:
        """Returns the number of rows of a query that starts with FROM."""
        return int(self.select(f"SELECT count(*) AS n {body}", **params)[0]["n"])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits all changes or none. A nested transaction joins the outer one."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def close(self) -> None:
        """Closes the database."""
        self.db.close()


def hash_31_bits(text: str) -> int:
    """Returns a 31-bit hash of the text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) >> 1


def encode(row: Row) -> Row:
    """Encodes lists and mappings as JSON text."""
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for name, value in row.items()
    }


def decode(row: Row) -> Row:
    """Decodes JSON columns."""
    for name in JSON_COLUMNS:
        if isinstance(row.get(name), str):
            row[name] = json.loads(row[name])
    return row
