"""What the DAG files share: retries by kind of error, and the run as a task sees it. Light: read at parse time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from include.livestorm_salesforce import errors

if TYPE_CHECKING:
    from include.livestorm_salesforce.pipeline import Run

_HOPELESS = {
    errors.ConfigError: "a person must correct the configuration",
    errors.ContractError: "the service sent another shape; waiting does not help",
    errors.QuotaExhausted: "the allowance is used up; the next run goes on",
    errors.UnsafePlan: "a person must look at the plan",
    errors.StalePlan: "a new run plans again",
    errors.PartialLoad: "the report says what to do",
}

#: Only what waiting can heal is tried again.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[RetryRule(exception=kind, action=RetryAction.FAIL, reason=reason) for kind, reason in _HOPELESS.items()]
)
DEFAULT_ARGS = {
    "owner": "marketing-operations",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_POLICY,
}


def run_of(context: dict[str, Any]) -> Run:
    """The run that a task instance belongs to."""
    from include.livestorm_salesforce.pipeline import Run

    ti, dag_run = context["ti"], context["dag_run"]
    place = f"{ti.task_id}-{ti.map_index}" if ti.map_index >= 0 else ti.task_id
    by_hand = str(getattr(dag_run.run_type, "value", dag_run.run_type)) == "manual"
    return Run(context["run_id"], dict(context["params"]), place, by_hand, ti.try_number)


def writing_run_of(context: dict[str, Any]) -> Run:
    """The same for a task that writes: in a preview it is skipped.

    Raises:
        AirflowSkipException: the run is a preview.
    """
    run = run_of(context)
    if not run.writes:
        raise AirflowSkipException("Preview: nothing is written.")
    return run
