"""Erase a person from run folders, audit log, quarantine and sync state, and verify the erasure.

Airflow stores and shows the parameters of a DAG, so the person is identified by a code, not by the address:
`livestorm-salesforce erase --mark` prints it. In a shell on a worker, the same command without `--mark` erases at
once. Erase the person in Livestorm first; otherwise the next run loads them again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_defaults import DAG_ARGS, DEFAULT_ARGS
from livestorm_salesforce.orchestration.run_report import logged
from livestorm_salesforce.orchestration.task_context import task_run

PARAMS = {
    "mark": Param(
        type="string", pattern="^[0-9a-f]{64}$", title="Code of the address",
        description="The output of `livestorm-salesforce erase --mark`. Do not enter the address itself.",
    ),
}  # fmt: skip


@task(multiple_outputs=False, task_display_name="Erase and verify")
def erase() -> dict:
    """Delete every row and file of the person, then search for what is left."""
    from livestorm_salesforce.tasks import erase as task_module

    run = task_run(get_current_context())
    return logged(task_module.erase_with_certificate(run, run.params["mark"]))


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
    dag_display_name="Livestorm to Salesforce: erase a person",
    description="Delete a person's data from this project's files and database, and verify it",
    doc_md=__doc__,
)
def livestorm_salesforce_erase() -> None:
    erase()


livestorm_salesforce_erase()
