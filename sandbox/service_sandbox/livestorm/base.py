"""What the parts of a workspace share: clock, switches and rows."""

import threading
from typing import Any

from service_sandbox.clock import Clock, Moment, epoch
from service_sandbox.livestorm.settings import Settings
from service_sandbox.livestorm.store import Store


class Stored:
    """Base of the parts."""

    clock: Clock
    seed: int
    settings: Settings
    store: Store
    lock: threading.RLock

    def now(self) -> int:
        """The clock in whole seconds, as the API tells time."""
        return int(self.clock.timestamp())

    def _moment(self, moment: Moment | None) -> int:
        return self.now() if moment is None else int(epoch(moment))

    def session_row(self, session_id: str) -> dict[str, Any]:
        """The stored row of a session, whatever the clock says. KeyError if there is none."""
        return known(self.store.one("SELECT * FROM sessions WHERE id = :id", id=session_id))

    def event_row(self, event_id: str) -> dict[str, Any]:
        """The stored row of an event. KeyError if there is none."""
        return known(self.store.one("SELECT * FROM events WHERE id = :id", id=event_id))


def known(found: Any) -> Any:
    """What was found. KeyError if it was nothing."""
    if not found:
        raise KeyError("the workspace has no such record")
    return found
