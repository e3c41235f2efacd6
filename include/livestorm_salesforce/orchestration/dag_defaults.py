"""Defaults of all DAGs: arguments of tasks, time limits and the schedule setting. Imported at parse time, so light."""

from __future__ import annotations

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from livestorm_salesforce.errors import RETRIES
from livestorm_salesforce.orchestration import failures, notifications
from livestorm_salesforce.orchestration.durations import NO_SUCCESS, RUN_TIMEOUT, TASK_TIMEOUT
from livestorm_salesforce.orchestration.notifier import is_configured
from livestorm_salesforce.orchestration.retries import MAX_RETRY_DELAY, RETRY_DELAY, RETRY_POLICY

DEFAULT_ARGS = {
    "owner": "marketing-operations",
    "retries": RETRIES,
    "retry_delay": RETRY_DELAY,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": MAX_RETRY_DELAY,
    "retry_policy": RETRY_POLICY,
    "execution_timeout": TASK_TIMEOUT,
    "on_failure_callback": failures.on_failure,
    "on_retry_callback": failures.on_retry,
}
#: Arguments of every DAG.
DAG_ARGS = {
    "dagrun_timeout": RUN_TIMEOUT,
    "on_failure_callback": failures.on_run_failure,
    "on_success_callback": notifications.notify_recovery if is_configured() else None,
}


def deadline() -> DeadlineAlert | None:
    """Notifies a run that has not ended in time, for example because it waits for an approval; None without notifier.

    Airflow's failure callbacks are not called for such a run.
    """
    if not is_configured():
        return None
    hours = NO_SUCCESS.total_seconds() / 3600
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=NO_SUCCESS,
        callback=SyncCallback(notifications.on_deadline, kwargs={"hours": hours}),
    )


def parse_schedule(setting: str) -> str | None:
    """Return the schedule of a setting; None for an empty text or `none`.

    Without a schedule, unpausing the DAG starts no run, so previews can be checked before anything is written.
    """
    return None if setting.strip().lower() in ("", "none") else setting
