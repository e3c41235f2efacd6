"""Record locks: a transaction holds what it touches, another one waits, and gives up after ten seconds."""

import itertools
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from service_sandbox.salesforce.errors import Refusal

WAIT_SECONDS = 10.0


def unable_to_lock(record_id: str | None = None) -> Refusal:
    """What a record hears whose lock could not be had."""
    tail = f" or 1 records: {record_id[:15]}" if record_id else ""
    return Refusal("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record{tail}")


class Locks:
    """Who holds which record id. `wait_seconds` is the service's 10 s; tests that want a loser make it shorter."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS):
        self.wait_seconds = wait_seconds
        self._held: dict[str, int] = {}
        self._waiting: dict[int, set[str]] = {}
        self._tickets = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted: Iterable[str]) -> Iterator[set[str]]:
        """Take all locks together, first come first served; yields the ids that others kept for the whole wait."""
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
        """How many writers wait for a lock at this moment."""
        return len(self._waiting)

    def _busy(self, ids: set[str], ticket: int) -> set[str]:
        """Ids that somebody holds or has waited for longer."""
        earlier = [theirs for other, theirs in self._waiting.items() if other < ticket]
        return {one for one in ids if one in self._held or any(one in theirs for theirs in earlier)}
