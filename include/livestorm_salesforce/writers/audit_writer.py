"""Append to the audit log what an attempt of a task did."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.enums import Action
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log

#: Changes whose entries are in memory at once.
PART = 20_000


def append(run: TaskRun, rows: pd.DataFrame) -> None:
    """Append rows with the columns of `entries.COLUMNS`; a task that has lost its lock stops here.

    Raises:
        TransientError: a lock of this task was lost.
    """
    run.app.locks.verify()
    audit_log.append(run.app.state, run.attempt, rows, run.app.utc_now())


def append_results(run: TaskRun, plan: Plan, results: pd.DataFrame) -> None:
    """Append the changes that were carried out, without the fields that the org rejected, `PART` at a time."""
    for start in range(0, max(len(results), 1), PART):
        append(run, entries.written_entries(plan, results.iloc[start : start + PART]))


def append_detected(
    run: TaskRun, planned: Plan, current: Plan, fresh: Plan, existing: pd.DataFrame | None = None
) -> None:
    """Append what an earlier attempt did without receiving the response, once.

    A record that another run has created since is not the one that the attempt wanted to create.
    """
    rows = entries.detect_applied(planned, current, fresh, existing)
    if len(rows):
        rows = entries.missing_entries(rows, audit_log.read(run.app.state, run.run_id))
        others = audit_log.read(run.app.state, record_ids=_created_ids(rows))
        rows = rows[~rows["record_id"].isin(_created_ids(others[others["run_id"] != run.run_id]))]
    append(run, rows)


def _created_ids(rows: pd.DataFrame) -> pd.Series:
    """Ids of the records that these entries say were created."""
    ids: pd.Series = rows.loc[rows["action"] == Action.CREATE, "record_id"]
    return ids
