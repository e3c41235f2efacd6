"""The part of the state database that belongs to one pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.state.database import Database


@dataclass(frozen=True)
class PairState:
    """Access of the repositories of this package to the rows of one pair.

    Attributes:
        key: returns the secret of e-mail HMACs.
        hmacs: those computed so far: a report needs each of them twice.
    """

    database: Database
    pair_id: str
    key: Callable[[], str]
    hmacs: dict[str, str] = field(default_factory=dict, repr=False)

    @contextmanager
    def transaction(self, lock: str | None = None) -> Iterator[Connection]:
        """A transaction; within another one of this thread it joins that one.

        Args:
            lock: name of a lock of this pair, held until the end of the transaction.
        """
        with self.database.transaction(lock=f"{lock} {self.pair_id}" if lock else None) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads."""
        with self.database.reading() as connection:
            yield connection

    def email_hmacs(self, email_keys: Iterable[str]) -> dict[str, str]:
        """The HMAC of each e-mail key."""
        secret, wanted = self.key(), [*email_keys]
        for email_key in wanted:
            if email_key not in self.hmacs:
                self.hmacs[email_key] = email_hmac(email_key, secret)
        return {email_key: self.hmacs[email_key] for email_key in wanted}
