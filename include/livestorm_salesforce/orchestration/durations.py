"""Time limits and other durations of the settings, in hours."""

from __future__ import annotations

import math
import os
from datetime import timedelta

from livestorm_salesforce.errors import ConfigError

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
#: Without a successful run that writes for this time, the notifier is called.
NO_SUCCESS = parse_hours("NO_SUCCESS_HOURS", 24)
