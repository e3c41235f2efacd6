"""Record locks: a transaction holds the records that it writes; another one waits for at most ten seconds."""

import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from service_sandbox.salesforce.model.errors import RecordError

WAIT_SECONDS = 10.0


def lock_error(record_id: str | None = None) -> RecordError:
    """Returns the error of a record whose lock is held by another transaction."""
    tail = f" or 1 records: {record_id[:15]}" if record_id else ""
    return RecordError("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record{tail}")


class Locks:
    """Locks by record id. `wait_seconds` is 10 s as in Salesforce; tests of lock conflicts shorten it."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self.wait_seconds = wait_seconds
        self._held: dict[str, int] = {}
        self._waiting: dict[int, set[str]] = {}
        self._tickets = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted: Iterable[str]) -> Iterator[set[str]]:
        """Acquires all locks together, in order of arrival; yields the ids that were not available in time."""
        ids, ticket = set(wanted), next(self._tickets)
        deadline = time.monotonic() + self.wait_seconds
        with self._changed:
            self._waiting[ticket] = ids
            while (busy := self._busy(ids, ticket)) and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            del self._waiting[ticket]
            self._held.update(dict.fromkeys(ids - busy, ticket))
            self._changed.notify_all()
        try:
            yield busy
        finally:
            with self._changed:
                for one in ids - busy:
                    del self._held[one]
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Number of transactions that currently wait for a lock."""
        return len(self._waiting)

    def _busy(self, ids: set[str], ticket: int) -> set[str]:
        """Returns the ids that another transaction holds, or has waited for longer."""
        earlier = [requested for other, requested in self._waiting.items() if other < ticket]
        return {one for one in ids if one in self._held or any(one in requested for requested in earlier)}
