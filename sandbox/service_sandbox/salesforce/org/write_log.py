"""Log of the records that the API was asked to write. A test can verify that nothing was written."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service_sandbox.control.clock import Clock


@dataclass(frozen=True)
class Write:
    """One written or rejected record.

    Attributes:
        operation: create, update or delete.
        object: name of the object.
        id: id of the record; None if the creation was rejected.
        error_code: code of the error; None if the record was written.
        at: time of the write.
        values: the requested fields. They are personal data and not part of the printed form.
    """

    operation: str
    object: str
    id: str | None
    error_code: str | None
    at: datetime
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


class WriteLog:
    """All writes through the API, in order, without seeds and `Org.edit`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uncommitted = threading.local()
        self.all: list[Write] = []

    def add(
        self, operation: str, sobject: str, record_id: str | None, error_code: str | None, values: Mapping[str, Any]
    ) -> None:
        """Appends a write."""
        write = Write(operation, sobject, record_id, error_code, self._clock.now(), dict(values))
        uncommitted = getattr(self._uncommitted, "writes", None)
        (self.all if uncommitted is None else uncommitted).append(write)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Appends the writes of this thread only if the block ends without an exception."""
        self._uncommitted.writes = []
        try:
            yield
            self.all += self._uncommitted.writes
        finally:
            self._uncommitted.writes = None

    def list(
        self, sobject: str | None = None, operation: str | None = None, *, rejected: bool | None = None
    ) -> list[Write]:
        """Returns writes of an object and an operation: successful, rejected, or both (None)."""
        return [
            one for one in self.all
            if sobject in (None, one.object) and operation in (None, one.operation)
            and (rejected is None or rejected == (one.error_code is not None))
        ]  # fmt: skip

    def count(self, sobject: str | None = None, operation: str | None = None, *, rejected: bool | None = None) -> int:
        """Returns the number of writes; `count()` is zero if no write was attempted."""
        return len(self.list(sobject, operation, rejected=rejected))

    def tally(self) -> dict[str, int]:
        """Returns the number of successful writes as `{"Lead.create": 3}`."""
        return dict(Counter(f"{one.object}.{one.operation}" for one in self.all if one.error_code is None))

    def reset(self) -> None:
        """Removes all writes."""
        self.all.clear()

    def __len__(self) -> int:
        return len(self.all)
