"""Rows that Salesforce refused: list them, have them tried again, or dismiss them with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_support import DEFAULT_ARGS, task_run

PARAMS = {
    "action": Param(
        "list", type="string", enum=["list", "retry", "dismiss"], title="Action",
        values_display={"list": "List", "retry": "Try again at the next run", "dismiss": "Dismiss"},
        description="A dismissed row is not tried again until its registrant or the mapping changes.",
    ),
    "ids": Param(
        [], type=["array", "null"], items={"type": "string"}, title="Which rows",
        description_md="Livestorm **session ids** or **registrant ids**, one per line. Empty: all rows; those to be "
        "dismissed must be named.",
    ),
    "reason": Param(
        "", type=["null", "string"], title="Reason", maxLength=200,
        description="Why rows are dismissed. Shown to whoever looks at the list: no personal data, please.",
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
    dag_display_name="Livestorm to Salesforce: quarantine",
    doc_md=__doc__,
)
def livestorm_salesforce_quarantine() -> None:
    @task(multiple_outputs=False)
    def settle() -> dict:
        from livestorm_salesforce.runs.params import parse_ids
        from livestorm_salesforce.tasks import quarantine

        run = task_run(get_current_context())
        params = run.params
        told = quarantine.settle(run, params["action"], list(parse_ids(params["ids"])), params["reason"] or "")
        print(json.dumps(told["listed"], indent=1))
        return {name: value for name, value in told.items() if name != "listed"}

    settle()


livestorm_salesforce_quarantine()
