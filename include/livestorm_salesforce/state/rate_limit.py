"""Rate limit of one Livestorm workspace, shared by all workers through the state database.

The window is one row: the times of the last five requests. On PostgreSQL the times are those of the database's clock,
so that workers need no common time; on SQLite those of this host's monotonic clock.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from sqlalchemy import Connection, select, text

from livestorm_salesforce.clients.livestorm.rate_limit import MARGIN, MAX_LEAD, PER_SECOND, WINDOW
from livestorm_salesforce.clock import Clock
from livestorm_salesforce.state.database import DamagedValue, Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.tables import RateWindow

TABLE: Any = RateWindow.__table__
#: Records of one request at most: a database whose every commit takes long must not stop the sync.
RECORDS = 3
log = logging.getLogger(__name__)


class DatabaseRateLimiter:
    """A `RateLimiter` of a workspace.

    Args:
        workspace: its organization id, or base address and token; only its hash is stored.
    """

    def __init__(self, database: Database, workspace: str, clock: Clock, limit: int = PER_SECOND) -> None:
        self._database, self._clock, self._limit = database, clock, limit
        self._workspace = hashlib.sha256(workspace.encode()).hexdigest()[:24]

    def acquire(self) -> None:
        """Wait until a request may be sent. It is recorded when it is sent, and the wait holds no transaction.

        A record that was stored late, by a busy host or a slow commit, is replaced: the service counts arrivals.
        """
        late: float | None = None
        for _ in range(RECORDS):
            late, recorded = self._wait_and_record(late)
            if self._clock.monotonic() - recorded < MARGIN / 2:
                return

    def _wait_and_record(self, late: float | None) -> tuple[float, float]:
        """The time of the record that replaces `late`, and the same by the monotonic clock."""
        while True:
            wait, now, recorded = self._record(late)
            if wait <= 0:
                return now, recorded
            self._clock.sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let no worker send a request for this time: the service has just rejected one."""
        with self._database.transaction(lock=self._lock) as connection:
            self._store(connection, [self._now(connection) + seconds - WINDOW] * self._limit)

    def _record(self, late: float | None) -> tuple[float, float, float]:
        """Record a request if the limit allows it; returns the seconds to wait (0: recorded) and now by both clocks."""
        with self._database.transaction(lock=self._lock) as connection:
            now, recorded = self._now(connection), self._clock.monotonic()
            past = [moment for moment in self._stored(connection, now) if moment != late]
            wait = past[0] + WINDOW + MARGIN - now if len(past) == self._limit else 0.0
            if wait <= 0:
                self._store(connection, [*past, now][-self._limit :])
        return max(wait, 0.0), now, recorded

    @property
    def _lock(self) -> str:
        return f"rate {self._workspace}"

    def _now(self, connection: Connection) -> float:
        if self._database.is_sqlite:
            return self._clock.monotonic()
        return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)

    def _stored(self, connection: Connection, now: float) -> list[float]:
        try:
            times = connection.scalar(select(TABLE.c.times).where(TABLE.c.workspace == self._workspace)) or []
        except DamagedValue:
            log.warning("The stored times of Livestorm calls are damaged; the limit waits as if five were just sent.")
            times = [now] * self._limit
            self._store(connection, times)
        return [] if any(moment > now + MAX_LEAD for moment in times) else times[-self._limit :]

    def _store(self, connection: Connection, times: list[float]) -> None:
        upsert_rows(connection, TABLE, [{"workspace": self._workspace, "times": times}])
