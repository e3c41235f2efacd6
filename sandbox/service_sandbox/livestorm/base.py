"""Base class of the parts of a workspace: clock, settings and access to stored rows."""

import threading
from typing import TypeVar

from service_sandbox.control.clock import Clock, Moment, epoch
from service_sandbox.livestorm.settings import Settings
from service_sandbox.livestorm.store import Row, Store

Found = TypeVar("Found")


class WorkspacePart:
    """Attributes and lookups shared by all parts of a workspace."""

    clock: Clock
    seed: int
    settings: Settings
    store: Store
    lock: threading.RLock

    def now(self) -> int:
        """Returns the clock's time in whole seconds, the resolution of the API."""
        return int(self.clock.timestamp())

    def _seconds(self, moment: Moment | None) -> int:
        return self.now() if moment is None else int(epoch(moment))

    def session_row(self, session_id: str) -> Row:
        """Returns the stored row of a session, regardless of the clock.

        Raises:
            KeyError: the session does not exist.
        """
        return existing(self.store.one("SELECT * FROM sessions WHERE id = :id", id=session_id))

    def event_row(self, event_id: str) -> Row:
        """Returns the stored row of an event.

        Raises:
            KeyError: the event does not exist.
        """
        return existing(self.store.one("SELECT * FROM events WHERE id = :id", id=event_id))


def existing(found: Found | None) -> Found:
    """Returns a found row or row count.

    Raises:
        KeyError: the row is None or the count is 0.
    """
    if not found:
        raise KeyError("the workspace has no such record")
    return found
