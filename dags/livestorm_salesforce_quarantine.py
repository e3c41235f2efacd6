"""List rows that Salesforce refused, retry them at the next run, or dismiss them with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_defaults import DAG_ARGS, DEFAULT_ARGS
from livestorm_salesforce.orchestration.task_context import task_run

PARAMS = {
    "action": Param(
        "list", type="string", enum=["list", "retry", "dismiss"], title="Action",
        values_display={"list": "List", "retry": "Try again at the next run", "dismiss": "Dismiss"},
        description="A dismissed row is not tried again until its registrant or the mapping changes.",
    ),
    "ids": Param(
        [], type=["array", "null"], items={"type": "string"}, title="Rows",
        description_md="Livestorm **session ids** or **registrant ids**, one per line. Empty: all rows. To dismiss "
        "rows, list their ids.",
    ),
    "reason": Param(
        "", type=["null", "string"], title="Reason", maxLength=200,
        description="Reason of a dismissal. It is shown with the list, so do not enter personal data.",
    ),
}  # fmt: skip


@task(multiple_outputs=False, task_display_name="List or settle rows")
def settle() -> dict:
    """List, retry or dismiss rows as the trigger form says."""
    from livestorm_salesforce.runs.params import parse_ids
    from livestorm_salesforce.tasks import quarantine

    run = task_run(get_current_context())
    params = run.params
    result = quarantine.settle(run, params["action"], list(parse_ids(params["ids"])), params["reason"] or "")
    print(json.dumps(result["listed"], indent=1))
    return {name: value for name, value in result.items() if name != "listed"}


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
    dag_display_name="Livestorm to Salesforce: quarantine",
    description="List rows that Salesforce rejected, try them again, or dismiss them",
    doc_md=__doc__,
)
def livestorm_salesforce_quarantine() -> None:
    settle()


livestorm_salesforce_quarantine()
