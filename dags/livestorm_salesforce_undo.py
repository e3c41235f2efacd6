"""Take one run back: fields that nobody has changed since get their old values again, all else is listed."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_support import DEFAULT_ARGS, task_run, writing_task_run

PARAMS = {
    "run_id": Param(
        type="string", minLength=1, title="Run to take back",
        description="The run id of a run of livestorm_to_salesforce, as its page shows it.",
    ),
    "mode": Param(
        "preview", type="string", enum=["preview", "apply"], title="Mode",
        values_display={"preview": "Preview: list what would be done", "apply": "Apply: put values back"},
        description="A preview writes nothing; its list is undo.csv, under the tab Sync report of the run.",
    ),
    "delete_created": Param(
        False, type="boolean", title="Also delete what the run made",
        description="Only Campaign Members, Leads and Contacts that nobody has touched or used since. People with "
        "logged calls, e-mails or events stay. Open tasks, notes and files cannot be seen: leave this off unless you "
        "know that there are none.",
    ),
}  # fmt: skip


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=PARAMS,
    tags=["livestorm", "salesforce"],
    dag_display_name="Livestorm to Salesforce: undo",
    doc_md=__doc__,
)
def livestorm_salesforce_undo() -> None:
    @task(multiple_outputs=False)
    def plan_undo() -> dict:
        from livestorm_salesforce.tasks import undo as steps

        return steps.plan_undo(task_run(get_current_context()))

    @task(multiple_outputs=False)
    def undo() -> dict:
        from livestorm_salesforce.tasks import undo as steps

        return steps.undo(writing_task_run(get_current_context()))

    @task(multiple_outputs=False, trigger_rule="none_failed")
    def report() -> dict:
        from livestorm_salesforce.tasks import undo as steps

        told = steps.report(task_run(get_current_context()))
        print(told)
        return told

    plan_undo() >> undo() >> report()


livestorm_salesforce_undo()
