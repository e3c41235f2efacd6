"""Results of erasures, without the address of the person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.tables import ErasureCertificate

TABLE: Any = ErasureCertificate.__table__


class Certificate(NamedTuple):
    """A row of `tables.ErasureCertificate`. Certificates of earlier versions have numbers only in `counts`."""

    run_id: str
    at: datetime
    is_complete: bool
    cause: str
    remedy: str
    counts: dict[str, Any]

    @property
    def tables(self) -> dict[str, int]:
        """Rows removed by table."""
        return dict(self.counts.get("tables", {}))

    @property
    def unread(self) -> list[str]:
        """Paths of all files that could not be read."""
        return list(self.counts.get("unread", []))

    @property
    def remaining(self) -> list[str]:
        """Paths of the files that still concern the person."""
        return list(self.counts.get("remaining", []))


def save(database: Database, certificate: Certificate) -> None:
    """Store the result of an erasure."""
    with database.transaction() as connection:
        upsert_rows(connection, TABLE, [certificate._asdict()])


def all_certificates(database: Database) -> list[Certificate]:
    """All results, newest first."""
    query = select(*(TABLE.c[name] for name in Certificate._fields)).order_by(TABLE.c.at.desc())
    with database.reading() as connection:
        return [Certificate(*row) for row in connection.execute(query)]
