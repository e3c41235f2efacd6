"""The quarantine of a pair: rows that Salesforce rejected."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report import quarantine
from livestorm_salesforce.storage import Folder

#: Name of the file and of the lock that protects it.
NAME = "quarantine"


def load(state: Folder) -> pd.DataFrame:
    """All rows in quarantine: columns `domain.report.quarantine.COLUMNS`."""
    return quarantine.typed(state.read(NAME)) if state.has(f"{NAME}.parquet") else quarantine.empty()


def save(state: Folder, rows: pd.DataFrame) -> None:
    """Replace all rows in quarantine."""
    state.write(NAME, rows)


def due_sessions(state: Folder, policy: quarantine.RetryPolicy, *, urgent: bool = False) -> set[str]:
    """Ids of sessions to read again because one of their rows is due.

    Args:
        urgent: only sessions to read however few calls are left this month.
    """
    rows, selects = load(state), quarantine.urgent if urgent else quarantine.due
    return set(rows.loc[selects(rows, policy), "session_id"])
