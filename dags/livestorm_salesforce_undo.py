"""Undo one run: restore the previous values of fields that were not changed since, and list all other fields."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_defaults import DAG_ARGS, DEFAULT_ARGS
from livestorm_salesforce.orchestration.run_report import logged
from livestorm_salesforce.orchestration.task_context import task_run, writing_task_run

PARAMS = {
    "run_id": Param(
        type="string", minLength=1, title="Run to undo",
        description="Run id of a run of livestorm_to_salesforce, as shown on its page.",
    ),
    "mode": Param(
        "preview", type="string", enum=["preview", "apply"], title="Mode",
        values_display={"preview": "Preview: list the changes", "apply": "Apply: restore values"},
        description="A preview writes nothing. Its list is undo.csv, in the tab Sync report of the run.",
    ),
    "delete_created": Param(
        False, type="boolean", title="Also delete created records",
        description="Deletes Campaign Members, Leads and Contacts that the run created and that were neither edited "
        "nor used since. People with logged calls, e-mails or events are kept. Open tasks, notes and files are not "
        "visible to this DAG: leave this off unless you know that there are none.",
    ),
}  # fmt: skip


@task(multiple_outputs=False, task_display_name="1 Find what can be put back")
def plan_undo() -> dict:
    """Compare each value that the run has written with its present value. Writes nothing."""
    from livestorm_salesforce.tasks import undo as task_module

    return task_module.plan_undo(task_run(get_current_context()))


@task(multiple_outputs=False, task_display_name="2 Put values back")
def undo() -> dict:
    """Restore the values that were not changed since, and delete created records if requested."""
    from livestorm_salesforce.tasks import undo as task_module

    return task_module.undo(writing_task_run(get_current_context()))


@task(multiple_outputs=False, task_display_name="3 Report", trigger_rule="none_failed")
def report() -> dict:
    """Count what was put back, and what was left with the reason."""
    from livestorm_salesforce.tasks import undo as task_module

    return logged(task_module.report(task_run(get_current_context())))


@dag(
    schedule=None,
    is_paused_upon_creation=False,  # a run starts on request only
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    **DAG_ARGS,
    params=PARAMS,
    tags=["livestorm", "salesforce"],
    dag_display_name="Livestorm to Salesforce: undo",
    description="Put back what one run has written, where nobody has changed it since",
    doc_md=__doc__,
)
def livestorm_salesforce_undo() -> None:
    plan_undo() >> undo() >> report()


livestorm_salesforce_undo()
