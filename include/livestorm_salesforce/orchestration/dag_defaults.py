"""Defaults of all DAGs: arguments of their tasks and the schedule setting. Imported at parse time, so light."""

from __future__ import annotations

from livestorm_salesforce.errors import RETRIES
from livestorm_salesforce.orchestration.retries import MAX_RETRY_DELAY, RETRY_DELAY, RETRY_POLICY

DEFAULT_ARGS = {
    "owner": "marketing-operations",
    "retries": RETRIES,
    "retry_delay": RETRY_DELAY,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": MAX_RETRY_DELAY,
    "retry_policy": RETRY_POLICY,
}


def parse_schedule(setting: str) -> str | None:
    """Return the schedule of a setting; None for an empty text or `none`.

    Without a schedule, unpausing the DAG starts no run, so previews can be checked before anything is written.
    """
    return None if setting.strip().lower() in ("", "none") else setting
