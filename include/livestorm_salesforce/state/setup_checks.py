"""The last result of the setup checklist, for the page Setup, and documents of deployments by run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.tables import SetupCheck

TABLE: Any = SetupCheck.__table__
LATEST = "latest"


class StoredCheck(NamedTuple):
    """Lines of the checklist (`tasks.setup.items.CheckItem.document`) and the time of the check."""

    at: datetime
    items: list[dict[str, Any]]


def save(database: Database, at: datetime, items: Sequence[dict[str, Any]], *, name: str = LATEST) -> None:
    """Replace the stored result.

    Args:
        name: of the result; by default the checklist.
    """
    with database.transaction() as connection:
        upsert_rows(connection, TABLE, [{"name": name, "at": at, "items": [*items]}])


def load(database: Database, *, name: str = LATEST) -> StoredCheck | None:
    """The stored result; None before the first check."""
    with database.reading() as connection:
        row = connection.execute(select(TABLE.c.at, TABLE.c["items"]).where(TABLE.c.name == name)).first()
    return StoredCheck(*row) if row else None
