"""What was notified last, per subject: a notification is sent once per change of state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.tables import Notification

TABLE: Any = Notification.__table__


def last_state(database: Database, subject: str) -> str:
    """The state notified last; "" if there was none."""
    with database.reading() as connection:
        return str(connection.scalar(select(TABLE.c.state).where(TABLE.c.subject == subject)) or "")


def save(database: Database, subject: str, state: str) -> None:
    """Store the state that was notified."""
    with database.transaction() as connection:
        upsert_rows(connection, TABLE, [{"subject": subject, "state": state, "at": datetime.now(UTC)}])
