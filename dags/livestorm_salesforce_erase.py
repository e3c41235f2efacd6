"""Erase a person from run folders, audit, quarantine and memory, and prove it by looking again.

A DAG's parameters are stored and shown, so the person is named by a mark, not by the address:
`livestorm-salesforce erase --mark` prints it. Where you have a shell on a worker, the same command
without `--mark` erases at once. Erase the person in Livestorm first, or the next run brings them in again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_defaults import DEFAULT_ARGS
from livestorm_salesforce.orchestration.task_context import task_run

PARAMS = {
    "mark": Param(
        type="string", pattern="^[0-9a-f]{64}$", title="Mark of the address",
        description="As `livestorm-salesforce erase --mark` prints it. Never the address itself.",
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
    dag_display_name="Livestorm to Salesforce: erase a person",
    doc_md=__doc__,
)
def livestorm_salesforce_erase() -> None:
    @task(multiple_outputs=False)
    def erase() -> dict:
        from livestorm_salesforce.tasks import erase as steps

        run = task_run(get_current_context())
        told = steps.erase_by_hmac(run.app, run.params["mark"])
        print(told)
        return told

    erase()


livestorm_salesforce_erase()
