"""Mutual exclusion for one org: its people, the members of its Campaigns and its Campaigns are written by one task at a
time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from livestorm_salesforce.clock import Clock
from livestorm_salesforce.state import locks
from livestorm_salesforce.state.database import Database


class OrgLocks:
    """The locks of one org that this process holds.

    Args:
        database: the state database, which all machines share.
        org: id of the Salesforce org, or of the pair where the org's id is unknown.
        wait_seconds: how long to wait for a lock that another task holds.
        clock: of the waits.
    """

    def __init__(self, database: Database, org: str, wait_seconds: float, clock: Clock) -> None:
        self._database, self._org, self._wait_seconds, self._clock = database, org, wait_seconds, clock
        self._verifications: dict[str, locks.Verify] = {}

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold one lock: `campaigns`, `people` or `members`.

        Raises:
            TransientError: another task held the lock for `wait_seconds`.
        """
        with locks.locked(self._database, f"{name} {self._org}", self._wait_seconds, self._clock) as verify:
            self._verifications[name] = verify
            try:
                yield
            finally:
                del self._verifications[name]

    def verify(self) -> None:
        """Check that this process still holds its locks.

        Raises:
            TransientError: a lock was lost; another task may write.
        """
        for verify in self._verifications.values():
            verify()
