"""The task run of an Airflow task instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.orchestration.deferral import RESUMED
from livestorm_salesforce.orchestration.operator_links import show_webinars
from livestorm_salesforce.orchestration.task_process import collect_garbage_rarely, return_freed_memory

if TYPE_CHECKING:
    from airflow.sdk import Context

    from livestorm_salesforce.runs.task_run import TaskRun

#: The task that finds the pair of a run of the sync.
FIRST_TASK = "discover"


def task_run(context: Context) -> TaskRun:
    """Return the task run of a task instance.

    Raises:
        ConfigError: the run was triggered with a param that the DAG does not declare. Airflow accepts it, and a run
            triggered with `Mode: preview` would write; or a draft of the mapping was given to a run that writes.
    """
    return_freed_memory()
    from livestorm_salesforce.config import Settings
    from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
    from livestorm_salesforce.runs.options import Limits, Options
    from livestorm_salesforce.runs.params import mapping_draft
    from livestorm_salesforce.runs.task_run import TaskRun

    collect_garbage_rarely()
    _reject_unknown_params(context["params"], context["dag"].params)
    ti: Any = context["ti"]
    kind = context["dag_run"].run_type
    run_type = str(getattr(kind, "value", kind))
    is_manual = run_type == "manual"
    options = Options(
        # the confirmation concerns the pair that the run starts with, and no connection that is edited during the run
        confirm_new_pair=is_manual and ti.task_id == FIRST_TASK and bool(context["params"].get("confirm_new_pair")),
        mapping_draft=mapping_draft(context["params"]),
    )
    settings = Settings.read()
    resumed: Any = context.get(RESUMED)
    # a task that goes on reads the results of its further jobs: they say why rows were refused, and how large
    # transactions may be
    limits = Limits(longest_wait=settings.longest_wait_seconds if resumed == 0 else None)
    return TaskRun(
        AppContext(settings, options=options, limits=limits),
        context["run_id"],
        f"{ti.task_id}-{ti.map_index}" if ti.map_index >= 0 else ti.task_id,
        dict(context["params"]),
        is_manual,
        ti.try_number,
        ti.dag_id,
        by_webhook=run_type == "asset_triggered" and ti.dag_id == SYNC_DAG_ID,
        resumed=resumed or 0,
    )


def reading_task_run(context: Context, batch: int) -> TaskRun:
    """Return the task run of a mapped task that reads; it is named by its webinars."""
    from livestorm_salesforce.tasks import webinars

    run = task_run(context)
    show_webinars(context, webinars.read_by_batch(run, batch))
    return run


def member_task_run(context: Context, batch: int) -> TaskRun:
    """Return the task run of a mapped task that writes members; it is named by its webinars.

    Raises:
        AirflowSkipException: the run is a preview.
    """
    from livestorm_salesforce.tasks import webinars

    run = writing_task_run(context)
    show_webinars(context, webinars.written_by_batch(run, batch))
    return run


def _reject_unknown_params(given: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise ConfigError(
            f"{len(unknown)} param(s) of this run are not known to the DAG: {', '.join(map(repr, unknown))}.",
            remedy=f"trigger the run with these only: {', '.join(declared)}",
        )


def writing_task_run(context: Context) -> TaskRun:
    """Return the task run of a task that writes.

    Raises:
        AirflowSkipException: the run is a preview.
    """
    run = task_run(context)
    if not run.writes:
        raise AirflowSkipException("Preview: nothing is written.")
    return run
