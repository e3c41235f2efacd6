"""Defaults of all DAGs: arguments of tasks, time limits and the schedule setting. Imported at parse time, so light."""

from __future__ import annotations

import math
import os
from datetime import timedelta

from livestorm_salesforce.errors import RETRIES, ConfigError
from livestorm_salesforce.orchestration import failures
from livestorm_salesforce.orchestration.notifier import configured_notifiers
from livestorm_salesforce.orchestration.retries import MAX_RETRY_DELAY, RETRY_DELAY, RETRY_POLICY

PREFIX = "LIVESTORM_SALESFORCE_"


def parse_hours(name: str, default: float) -> timedelta:
    """A setting in hours.

    Raises:
        ConfigError: not a positive number. Airflow shows it as the import error of the DAG.
    """
    text = os.environ.get(f"{PREFIX}{name}", "").strip()
    try:
        hours = float(text) if text else default
    except ValueError:
        hours = math.nan
    if not 0 < hours < 24 * 365:
        raise ConfigError(f"{PREFIX}{name} is not a number of hours above 0.", remedy=f"such as {default:g}")
    return timedelta(hours=hours)


#: One attempt of a task. Every request has its own, shorter limit; the longest wait is two hours for a bulk job.
TASK_TIMEOUT = parse_hours("TASK_TIMEOUT_HOURS", 3)
#: A whole run, approval included. At its end Airflow stops the run and marks it as failed.
RUN_TIMEOUT = parse_hours("RUN_TIMEOUT_HOURS", 36)
#: An unanswered approval ends after this time, so that it does not hold up the next runs.
APPROVAL_TIMEOUT = parse_hours("APPROVAL_HOURS", 24)

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
DAG_ARGS = {"dagrun_timeout": RUN_TIMEOUT, "on_failure_callback": configured_notifiers() or None}


def parse_schedule(setting: str) -> str | None:
    """Return the schedule of a setting; None for an empty text or `none`.

    Without a schedule, unpausing the DAG starts no run, so previews can be checked before anything is written.
    """
    return None if setting.strip().lower() in ("", "none") else setting
