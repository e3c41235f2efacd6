"""The retry policy of rows in quarantine, from the settings and the trigger form of a run."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.registrants.row_hashes import mapping_hash
from livestorm_salesforce.domain.report.quarantine import RetryPolicy
from livestorm_salesforce.runs.task_run import TaskRun


def quarantine_retry_policy(run: TaskRun, now: pd.Timestamp) -> RetryPolicy:
    """Manual runs and full reads retry all rows in quarantine; other runs wait `quarantine_hours` between attempts."""
    wait = pd.Timedelta(hours=run.app.settings.quarantine_hours)
    return RetryPolicy(now, wait, run.manual or run.request.full_read, int(mapping_hash(run.app.mapping)))
