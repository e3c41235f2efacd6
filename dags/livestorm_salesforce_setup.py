"""Check both accounts and Airflow and, on request, deploy missing custom fields and permissions to Salesforce.

The result of the check is on the page Setup. With *Deploy what is missing* the DAG compares the org with the source of
this project, tries the difference in a dry run, asks a person, and then adds what was approved. Nothing that exists in
the org is changed or deleted.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from livestorm_salesforce.orchestration.dag_defaults import DAG_ARGS, DEFAULT_ARGS
from livestorm_salesforce.orchestration.run_report import logged
from livestorm_salesforce.orchestration.setup_approval import SetupApproval
from livestorm_salesforce.orchestration.task_context import task_run

PARAMS = {
    "deploy": Param(
        False, type="boolean", title="Deploy what is missing",
        description="Off: only check. On: compare, try in a dry run, ask for an approval, then add custom fields, "
        "field-level security and the permission set Livestorm_Sync.",
    ),
    "assign": Param(
        False, type="boolean", title="Assign the permission set",
        description="Also assign Livestorm_Sync to the user of the sync. Only with a deployment.",
    ),
    "connection": Param(
        None, type=["null", "string"], title="Connection that deploys",
        description="Id of a Salesforce connection to the same org, of a user with 'Modify Metadata Through Metadata "
        "API Functions'. Empty: the connection of the sync, whose user should not keep that right.",
    ),
}  # fmt: skip


@task(multiple_outputs=False, task_display_name="1 Check both accounts")
def check() -> dict:
    """List everything that is missing, with place and remedy, and store it for the page Setup."""
    from livestorm_salesforce.tasks.setup import stored

    run = task_run(get_current_context())
    counts = stored.check_and_save(run)
    print("\n".join(stored.missing(stored.stored_lines(run.app))))
    return counts


@task(multiple_outputs=False, task_display_name="2 Compare and try")
def compare() -> int:
    """Find what the org lacks, and try it in a dry run, which changes nothing."""
    run = task_run(get_current_context())
    if not run.params.get("deploy"):
        raise AirflowSkipException("Only a check was requested.")
    from livestorm_salesforce.tasks.deployment import deploy as task_module

    plan = task_module.compare(run)
    if plan.is_empty:
        raise AirflowSkipException("Nothing is missing: there is nothing to deploy.")
    return len(plan.package.components)


@task(multiple_outputs=False, task_display_name="4 Deploy")
def deploy() -> dict:
    """Add what was approved and is still missing."""
    from livestorm_salesforce.tasks.deployment import deploy as task_module

    return logged(task_module.deploy(task_run(get_current_context())))


@task(multiple_outputs=False, task_display_name="5 Check again")
def check_again() -> dict:
    """Check again, and store the result for the page Setup."""
    from livestorm_salesforce.tasks.deployment import deploy as task_module

    return task_module.check_again(task_run(get_current_context()))


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
    dag_display_name="Livestorm to Salesforce: setup",
    description="List everything that is missing in both accounts, and deploy fields and permissions on request",
    doc_md=__doc__,
)
def livestorm_salesforce_setup() -> None:
    approve = SetupApproval(task_id="approve", task_display_name="3 Approve")
    check() >> compare() >> approve >> deploy() >> check_again()


livestorm_salesforce_setup()
