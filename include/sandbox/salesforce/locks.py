"""Record locks: a transaction holds what it touches, another one waits, and gives up after ten seconds."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from include.sandbox.salesforce.errors import Refusal

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
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted: Iterable[str]) -> Iterator[set[str]]:
        """Take all locks together; yields the ids that stayed taken by others after the wait."""
        me = threading.get_ident()
        ids = set(wanted)
        deadline = time.monotonic() + self.wait_seconds
        with self._changed:
            while (busy := self._busy(ids, me)) and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            mine = {one for one in ids - busy if one not in self._held}
            self._held.update(dict.fromkeys(mine, me))
        try:
            yield busy
        finally:
            with self._changed:
                for one in mine:
                    del self._held[one]
                self._changed.notify_all()

    def _busy(self, ids: set[str], me: int) -> set[str]:
        return {one for one in ids if self._held.get(one, me) != me}
