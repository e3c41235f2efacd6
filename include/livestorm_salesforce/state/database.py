"""The state database: engine, transactions and errors. SQLite on one machine, PostgreSQL for several.

SQLite runs in WAL mode with one writer at a time; the file is private to its user. On PostgreSQL the tables are in
their own schema `livestorm_salesforce`.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state.database_errors import errors_of_files, is_lock_timeout, lock_timeout, translated_errors

SCHEMA = "livestorm_salesforce"
#: Seconds that a transaction waits for another writer of SQLite, or for the lock that it names on PostgreSQL.
BUSY_SECONDS = 60
#: KiB of SQLite's pages in memory: with its own 2 MB, 100,000 keys in an index of their own order take a fifth longer.
CACHE_KIB = 8192
#: Seconds for which an unreachable PostgreSQL server is tried again, and between two attempts.
RECONNECT_SECONDS, RECONNECT_WAIT = 60, 2
#: Options of libpq: this process notices a dead server within 45 s, also while it waits for an answer (milliseconds).
CLIENT_KEEPALIVE = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 45_000,
}
#: Parameters of the session: the server ends that of a lost machine within 45 s, and with it its locks. By default it
#: notices after two hours. A value of the URL, the user or the database stays. Not startup options: PgBouncer rejects
#: those that its configuration does not list. Without effect on Unix sockets.
SERVER_KEEPALIVE = """
    SELECT set_config(name, value, false)
    FROM (VALUES ('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
                 ('tcp_user_timeout', '45000')) AS wanted (name, value) JOIN pg_settings USING (name)
    WHERE source NOT IN ('client', 'user', 'database', 'database user')
"""


class DamagedValue(ConfigError):
    """A stored document cannot be read; caches are rebuilt, other data needs a person."""

    remedy = "run `livestorm-salesforce doctor`, which names the rows, then restore the database from a backup"


def _decoded(text: str | bytes) -> Any:
    """A stored document.

    Raises:
        DamagedValue: the text is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise DamagedValue(f"The state database contains a damaged value ({error}).") from None


#: The standard library's JSON takes most of the time of reading 100,000 latest answers.
JSON: dict[str, Any] = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": _decoded,
}


class Database:
    """One state database. Opened once per process and URL by `opening.open_database`.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL.
        prepare: called before the first use, creates or migrates the tables.
        reconnect_seconds: for how long a PostgreSQL server that does not answer is tried again.
        lock_seconds: for how long a transaction of PostgreSQL waits for its lock.
    """

    def __init__(
        self,
        url: URL,
        prepare: Callable[[Database], None],
        reconnect_seconds: float = RECONNECT_SECONDS,
        lock_seconds: float = BUSY_SECONDS,
    ) -> None:
        self.url, self._prepare = url, prepare
        self._reconnect_seconds, self._lock_seconds = reconnect_seconds, lock_seconds
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._open = threading.local()
        self._ready = False
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(str(self.url.database))

    @contextmanager
    def transaction(self, *, lock: str | None = None) -> Iterator[Connection]:
        """A transaction that commits on success. A call within another one of this thread joins it.

        Args:
            lock: name of a lock held until the end of the transaction, for data that is read and replaced. SQLite has
                one writer at a time anyway.

        Raises:
            ConfigError: the database is missing, damaged, or of another version.
            TransientError: the database does not answer, or another session held the lock for `lock_seconds`.
        """
        with self._connection(write=True) as connection:
            if lock and not self.is_sqlite:
                lock_transaction(connection, lock, self._lock_seconds)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads; within a transaction of this thread its connection.

        Raises:
            ConfigError, TransientError: as `transaction`.
        """
        with self._connection(write=False) as connection:
            yield connection

    @contextmanager
    def _connection(self, *, write: bool) -> Iterator[Connection]:
        current: Connection | None = getattr(self._open, "connection", None)
        if current is not None:
            yield current
            return
        with translated_errors(str(self)):
            if not self._ready:
                with errors_of_files(str(self)):
                    self._prepare(self)
                self._ready = True
            connection = self.connect().execution_options(livestorm_writes=write)
            try:
                with connection.begin():
                    self._open.connection = connection if write else None
                    yield connection
            finally:
                self._open.connection = None
                connection.close()

    def connect(self) -> Connection:
        """A connection; a PostgreSQL server that does not answer is tried again for a while."""
        attempts = Retrying(
            retry=retry_if_exception_type(OperationalError),
            stop=stop_after_delay(0 if self.is_sqlite else self._reconnect_seconds),
            wait=wait_fixed(RECONNECT_WAIT),
            reraise=True,
        )
        connection: Connection = attempts(self.engine.connect)
        return connection


def lock_key(name: str) -> int:
    """The number of a named lock for PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.sha256(f"{SCHEMA} {name}".encode()).digest()[:8], "big", signed=True)


def lock_transaction(connection: Connection, name: str, seconds: float) -> None:
    """Hold a named lock until the end of the transaction, PostgreSQL only. Its later statements wait for the locks of
    rows and tables no longer than for this one.

    Raises:
        TransientError: another session held the lock for `seconds`.
    """
    connection.execute(text("SELECT set_config('lock_timeout', :limit, true)"), {"limit": f"{seconds * 1000:.0f}"})
    try:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(name)})
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
        raise lock_timeout(name, seconds) from None


def _sqlite_engine(url: URL) -> Engine:
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **JSON)

    @event.listens_for(engine, "connect")
    def configure(connection, _record) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        connection.isolation_level = None  # the driver begins no transactions, `begin` below does
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute("PRAGMA secure_delete=ON")  # an erased person is not left in free pages
        for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            if name.exists() and name.stat().st_uid == os.getuid() and name.stat().st_mode & 0o077:
                name.chmod(0o600)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("livestorm_writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    given = url.normalized_query
    options = " ".join([*given.get("options", ()), f"-c search_path={SCHEMA}"])
    defaults = {name: value for name, value in CLIENT_KEEPALIVE.items() if name not in given}
    engine = create_engine(
        url, pool_size=2, max_overflow=8, pool_pre_ping=True, **JSON, connect_args={**defaults, "options": options}
    )

    @event.listens_for(engine, "connect")
    def end_if_lost(connection, _record) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        connection.autocommit = True  # a rollback would restore the values
        connection.execute(SERVER_KEEPALIVE)
        connection.autocommit = False

    return engine
