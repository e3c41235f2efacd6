"""Failed attempts of tasks: class of the error, cause and remedy, for pages and notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, Select, delete, select

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.tables import TaskFailure

TABLE: Any = TaskFailure.__table__
#: Map index of a task that is not mapped.
NOT_MAPPED = -1


class Failure(NamedTuple):
    """A failed attempt: columns of `TaskFailure`. The task id is empty if the run as a whole timed out."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    at: datetime
    error: str
    cause: str
    remedy: str
    will_retry: bool


COLUMNS = [TABLE.c[name] for name in Failure._fields]


def save(database: Database, failure: Failure) -> None:
    """Store a failed attempt; a second call for the same attempt replaces the first."""
    with database.transaction() as connection:
        upsert_rows(connection, TABLE, [failure._asdict()])


def failures_of(database: Database, dag_id: str, run_id: str) -> list[Failure]:
    """Failed attempts of a run, oldest first: the first one is the cause of later ones.

    Attempts remain after a task has succeeded in a later attempt; Airflow knows the current state of each task.
    """
    own = (TABLE.c.dag_id == dag_id, TABLE.c.run_id == run_id)
    with database.reading() as connection:
        return _failures(connection, select(*COLUMNS).where(*own).order_by(TABLE.c.at))


def recent(database: Database, since: datetime) -> list[Failure]:
    """Failed attempts of all runs since a time, newest first."""
    with database.reading() as connection:
        return _failures(connection, select(*COLUMNS).where(TABLE.c.at >= since).order_by(TABLE.c.at.desc()))


def prune(database: Database, before: pd.Timestamp) -> None:
    """Delete the failures of all runs before a time."""
    with database.transaction() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.at < before.to_pydatetime()))


def _failures(connection: Connection, query: Select[Any]) -> list[Failure]:
    return [Failure(*row) for row in connection.execute(query)]
