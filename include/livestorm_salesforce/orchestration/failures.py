"""Callbacks of failed tasks and runs: store the cause for the pages, and make it the last line of the task log.

Imported at parse time, so it imports the state database only when a task has failed.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.orchestration import notifications
from livestorm_salesforce.orchestration.durations import NO_SUCCESS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from livestorm_salesforce.state.task_failures import Failure

log = logging.getLogger(__name__)
#: Reason that Airflow gives for a run that exceeded its time limit.
TIMED_OUT = "timed_out"
LOG_REMEDY = "Read the task log above; if it names no cause outside this project, report the error."


def on_failure(context: Context) -> None:
    """Callback of a task that failed and is not tried again."""
    _report(context, will_retry=False)


def on_retry(context: Context) -> None:
    """Callback of a task that failed and is tried again."""
    _report(context, will_retry=True)


def explain(error: object) -> tuple[str, str, str]:
    """Class, cause and remedy of an error, without personal data.

    Only messages of this project are known to contain none, so of other errors the class alone is returned.
    """
    from airflow.sdk.exceptions import AirflowTaskTimeout

    name = type(error).__name__
    if isinstance(error, SyncError):
        return name, error.cause, error.remedy
    if isinstance(error, AirflowTaskTimeout):
        return name, "The task ran longer than its limit.", (
            "See in the log what it waited for; then clear the task, or raise LIVESTORM_SALESFORCE_TASK_TIMEOUT_HOURS."
        )  # fmt: skip
    if isinstance(error, BaseException):
        return name, f"An unexpected error occurred ({name}).", LOG_REMEDY
    return (
        "TaskKilled",
        "The process of the task ended without a result: it was killed, or its machine was lost.",
        ("Check the memory and the logs of the worker, then clear the task: it continues where it stopped."),
    )


def _report(context: Context, *, will_retry: bool) -> None:
    failure = _failure(context, will_retry=will_retry)
    try:
        _save(failure)
    except Exception as error:  # noqa: BLE001 a failure that cannot be stored must not hide its cause
        log.warning("The failure could not be stored for the pages (%s).", type(error).__name__)
    # Airflow opens a group before it calls the callback, which its UI shows collapsed
    log.info("::endgroup::")
    again = " Airflow tries again." if will_retry else ""
    log.error("%s: %s Remedy: %s%s", failure.error, failure.cause, failure.remedy, again)


def _failure(context: Context, *, will_retry: bool) -> Failure:
    from livestorm_salesforce.state.task_failures import Failure

    ti: Any = context["ti"]
    return Failure(
        ti.dag_id,
        ti.run_id,
        ti.task_id,
        ti.map_index,
        ti.try_number,
        datetime.now(UTC),
        *explain(context.get("exception")),
        will_retry,
    )


def _save(failure: Failure) -> None:
    from livestorm_salesforce.runs.locations import state_database
    from livestorm_salesforce.state import task_failures

    task_failures.save(state_database(), failure)


def on_run_failure(context: Context) -> None:
    """Callback of a failed run: stores that it exceeded its time, and notifies."""
    try:
        if context.get("reason") == TIMED_OUT:
            _save(_timed_out(context))
        notifications.notify_failure(context)
        notifications.notify_no_success(context, NO_SUCCESS.total_seconds() / 3600)
    except Exception as error:  # noqa: BLE001 the state database, with any error
        log.error("The failure of the run could not be stored or notified (%s).", type(error).__name__)  # noqa: TRY400 the traceback may quote values


def _timed_out(context: Context) -> Failure:
    from livestorm_salesforce.state.task_failures import NOT_MAPPED, Failure

    run: Any = context["dag_run"]
    cause, remedy = "The run exceeded its time limit.", "See what it waited for; the next run continues."
    return Failure(
        run.dag_id, run.run_id, "", NOT_MAPPED, 0, datetime.now(UTC), "RunTimeout", cause, remedy, will_retry=False
    )
