"""Number of rows per transaction, by object: reduced when the org fails larger transactions, then increased slowly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

#: Salesforce's maximum for a collections call.
MAX_ROWS = 200
#: Full transactions that must succeed before the size increases, by a tenth.
SUCCESSES_BEFORE_INCREASE = 20
#: Rows that fail alone, while no transaction of their object succeeds, before transactions are no longer divided: the
#: org's automation fails at any size.
FAILURES_ALONE = 5
#: Calls in succession without a response after which the size is reduced: a large transaction may take longer than a
#: proxy, or Salesforce itself, waits.
LOST_RESPONSES = 2


@dataclass(frozen=True)
class StoredSize:
    """What later runs know about an object.

    Attributes:
        rows: rows per transaction.
        successes: full transactions of this size that succeeded since its last change.
    """

    rows: int
    successes: int = 0


@dataclass
class _Size:
    """Attributes:
    fallback: the size to return to if an increased one fails.
    proven: rows of the largest transaction that succeeded in this task.
    alone: rows that failed alone.
    unanswered: calls in succession whose response was lost.
    """

    rows: int
    successes: int = 0
    fallback: int = 0
    proven: int = 0
    alone: int = 0
    unanswered: int = 0


def _nothing_stored() -> dict[str, StoredSize]:
    return {}


def _keep_in_memory(_sizes: dict[str, StoredSize]) -> None:
    return None


@dataclass
class TransactionSizes:
    """The sizes of one org. Without `load` and `store` they are known to this task only.

    Attributes:
        limit: maximum rows per transaction.
        load: returns the sizes that earlier tasks stored, by object.
        store: receives the sizes that are below `limit`, by object, after a change.
    """

    limit: int = MAX_ROWS
    load: Callable[[], dict[str, StoredSize]] = _nothing_stored
    store: Callable[[dict[str, StoredSize]], None] = _keep_in_memory
    _sizes: dict[str, _Size] | None = field(default=None, init=False, repr=False)
    _saved: dict[str, StoredSize] = field(default_factory=dict, init=False, repr=False)

    def rows(self, object_name: str) -> int:
        """Rows per transaction of this object, at most `limit`."""
        return self.limit if self.fails_at_any_size(object_name) else self._size(object_name).rows

    def is_reduced(self, object_name: str) -> bool:
        """Whether transactions are smaller than Salesforce's maximum."""
        return self.rows(object_name) < MAX_ROWS

    def record_failure(self, object_name: str, rows: int) -> None:
        """A transaction of so many rows failed.

        If one of this size or a larger one succeeded, some row is the cause, and the size stays.
        """
        size = self._size(object_name)
        if rows == 1:
            size.alone += 1
        elif rows > size.proven:
            below = [known for known in (size.proven, size.fallback, rows // 2) if 0 < known < rows]
            size.rows, size.successes = min(size.rows, max(below)), 0

    def record_lost_response(self, object_name: str, rows: int) -> None:
        """A call with transactions of so many rows had no response. When this repeats, the size is the likely cause."""
        size = self._size(object_name)
        size.unanswered += 1
        if size.unanswered >= LOST_RESPONSES and rows > 1:
            size.proven = min(size.proven, rows // 2)
            self.record_failure(object_name, rows)

    def record_success(self, object_name: str, rows: int) -> None:
        """A transaction of so many rows succeeded. After some full ones the size increases."""
        size = self._size(object_name)
        size.proven, size.unanswered = max(size.proven, rows), 0
        if size.rows >= self.limit or rows < size.rows:
            return
        size.rows, size.successes = min(rows, self.limit), size.successes + 1
        if size.successes >= SUCCESSES_BEFORE_INCREASE:
            size.fallback, size.successes = size.rows, 0
            size.rows = min(self.limit, size.rows + max(1, size.rows // 10))

    def fails_at_any_size(self, object_name: str) -> bool:
        """Whether rows fail alone and no transaction succeeded: dividing the others is of no use."""
        size = self._size(object_name)
        return size.alone >= FAILURES_ALONE and not size.proven

    def save(self) -> None:
        """Store changed sizes. The size of an object whose rows fail alone is not stored."""
        known = {name: self._stored(size) for name, size in (self._sizes or {}).items() if self._is_known(name, size)}
        if known != self._saved:
            self.store(known)
            self._saved = known

    def _is_known(self, name: str, size: _Size) -> bool:
        return size.rows < self.limit and not (self.fails_at_any_size(name) or (size.alone and not size.proven))

    @staticmethod
    def _stored(size: _Size) -> StoredSize:
        """An increased size is stored once it has succeeded."""
        is_unproven = 0 < size.fallback < size.rows and size.rows > size.proven
        return StoredSize(size.fallback if is_unproven else size.rows, size.successes)

    def _size(self, object_name: str) -> _Size:
        if self._sizes is None:
            self._saved = {name: one for name, one in self.load().items() if 0 < one.rows < self.limit}
            self._sizes = {name: _Size(one.rows, one.successes) for name, one in self._saved.items()}
        if object_name not in self._sizes:
            self._sizes[object_name] = _Size(self.limit)
        return self._sizes[object_name]
