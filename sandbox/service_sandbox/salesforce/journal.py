"""What the API was asked to write, so that a test can say "nothing"."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Write:
    """One record written or refused: verb (create, update, delete), object, id, and the code if refused.

    `values`: the fields as they were asked for; not shown where a write is printed, for they are people's.
    """

    verb: str
    object: str
    id: str | None
    refused: str | None
    at: Any
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Writes:
    """Every write that came through the API, in order; seeds and `edit` do not count."""

    def __init__(self, clock: Any):
        self._clock = clock
        self._waiting = threading.local()
        self.all: list[Write] = []

    def add(
        self, verb: str, sobject: str, record_id: str | None, refused: str | None, values: Mapping[str, Any]
    ) -> None:
        """Note one."""
        write = Write(verb, sobject, record_id, refused, self._clock.now(), dict(values))
        waiting = getattr(self._waiting, "list", None)
        (self.all if waiting is None else waiting).append(write)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Writes of this thread count only if what is inside ends well: a transaction of several requests."""
        self._waiting.list = []
        try:
            yield
            self.all += self._waiting.list
        finally:
            self._waiting.list = None

    def list(self, sobject: str | None = None, verb: str | None = None, *, refused: bool | None = None) -> list[Write]:
        """Writes of an object, of a verb, accepted (`refused=False`), refused, or both (None)."""
        return [
            one for one in self.all
            if sobject in (None, one.object) and verb in (None, one.verb)
            and (refused is None or refused == (one.refused is not None))
        ]  # fmt: skip

    def count(self, sobject: str | None = None, verb: str | None = None, *, refused: bool | None = None) -> int:
        """How many; `count()` is zero when nobody even tried."""
        return len(self.list(sobject, verb, refused=refused))

    def by_kind(self) -> dict[str, int]:
        """Accepted writes as `{"Lead.create": 3}`."""
        return dict(Counter(f"{one.object}.{one.verb}" for one in self.all if one.refused is None))

    def reset(self) -> None:
        """Start counting anew."""
        self.all.clear()

    def __len__(self) -> int:
        return len(self.all)
