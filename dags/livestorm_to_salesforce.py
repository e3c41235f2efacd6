"""Load Livestorm sessions as Campaigns and their registrants as Leads, Contacts and Campaign Members."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.dag_defaults import DAG_ARGS, DEFAULT_ARGS, deadline
from livestorm_salesforce.orchestration.durations import APPROVAL_TIMEOUT
from livestorm_salesforce.orchestration.plan_approval import PlanApproval, report_task_run
from livestorm_salesforce.orchestration.run_report import keep_report
from livestorm_salesforce.orchestration.skipped_stages import return_or_skip
from livestorm_salesforce.orchestration.task_context import task_run, writing_task_run
from livestorm_salesforce.orchestration.webhook_watcher import sync_schedule

PARAMS = {
    "mode": Param(
        "apply",
        type="string",
        enum=["apply", "preview"],
        title="Mode",
        values_display={"apply": "Apply: write to Salesforce", "preview": "Preview: plan and report, write nothing"},
        description="A preview reads both services, plans every change and writes nothing.",
    ),
    "session_ids": Param(
        [], type=["array", "null"], items={"type": "string"}, title="Only these sessions",
        description_md="One **Livestorm session id** per line. Empty: all sessions in scope.",
    ),
    "event_ids": Param(
        [], type=["array", "null"], items={"type": "string"}, title="Only these events",
        description_md="One **Livestorm event id** per line. Empty: all events.",
    ),
    "backfill_from": Param(
        None, type=["null", "string"], format="date-time", title="Backfill from", section="Backfill",
        description="Include past sessions that started at or after this time. Empty: no past sessions.",
    ),
    "backfill_to": Param(
        None, type=["null", "string"], format="date-time", title="Backfill to", section="Backfill",
        description="Include only past sessions that started before this time.",
    ),
    "approve": Param(
        "never", type="string", enum=["never", "ask", "accept"], title="Approval", section="Safety",
        values_display={"never": "Stop beyond the limits", "ask": "Ask me first", "accept": "Accept the plan"},
        description_md="Limits are set in section **limits** of the mapping. *Ask me first* shows the plan under "
        f"Required Actions and waits up to {APPROVAL_TIMEOUT.total_seconds() / 3600:g} hours. **Scheduled runs wait as "
        "long**, because only one run works at a time. *Accept the plan* ignores the limits in this run.",
    ),
    "full_read": Param(
        False, type="boolean", title="Full read", section="Reading",
        description="Read every session in scope and compare every row with Salesforce, without using the sync state.",
    ),
    "confirm_new_pair": Param(
        False, type="boolean", title="Start a new pair", section="Connections",
        description="The connections lead to another Livestorm organization or Salesforce org than before, and this is "
        "intended. The new pair starts with an empty state; the state of the old one is kept.",
    ),
}  # fmt: skip

#: Tasks that a run skips if its plan changes nothing, and if it does not even read registrants.
LOADS = ("approve", "load_campaigns", "load_people", "load_members")
STAGES = ("extract", "plan", *LOADS)


@dag(
    schedule=sync_schedule("livestorm_to_salesforce"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    deadline=deadline(),
    # Airflow's own backfill would create one run per hour of the past and load no past session: past sessions are
    # selected by the param backfill_from.
    allowed_run_types=["scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization"],
    default_args=DEFAULT_ARGS,
    **DAG_ARGS,
    params=PARAMS,
    tags=["livestorm", "salesforce"],
    dag_display_name="Livestorm to Salesforce",
    doc_md=__doc__,
)
def livestorm_to_salesforce() -> None:
    @task(multiple_outputs=False)
    def discover() -> list[int]:
        from livestorm_salesforce.tasks import discover as task_module

        context = get_current_context()
        return return_or_skip(context, task_module.discover(task_run(context)), "batches", STAGES)

    @task(multiple_outputs=False, max_active_tis_per_dagrun=2, map_index_template="batch {{ task.op_kwargs['batch'] }}")
    def extract(batch: int) -> dict:
        from livestorm_salesforce.tasks import extract as task_module

        return task_module.extract(task_run(get_current_context()), batch)

    @task(multiple_outputs=False, trigger_rule="none_failed")
    def plan() -> list[int]:
        from livestorm_salesforce.tasks import plan as task_module

        context = get_current_context()
        return return_or_skip(context, task_module.plan(task_run(context)), "member_batches", LOADS)

    @task(multiple_outputs=False)
    def load_campaigns() -> dict:
        from livestorm_salesforce.tasks import load_campaigns as task_module

        return task_module.load_campaigns(writing_task_run(get_current_context()))

    @task(multiple_outputs=False)
    def load_people() -> dict:
        from livestorm_salesforce.tasks import load_people as task_module

        return task_module.load_people(writing_task_run(get_current_context()))

    @task(multiple_outputs=False, max_active_tis_per_dagrun=1)
    def load_members(batch: int) -> dict:
        from livestorm_salesforce.tasks import load_members as task_module

        return task_module.load_members(writing_task_run(get_current_context()), batch)

    @task(multiple_outputs=False, trigger_rule="all_done", retries=1)
    def report() -> dict:
        from livestorm_salesforce.tasks import report as task_module

        context = get_current_context()
        run = report_task_run(context, "approve")
        return task_module.conclude(run, keep=partial(keep_report, context))

    batches = discover()
    planned = plan()
    extract.expand(batch=batches) >> planned
    approved = planned >> PlanApproval(task_id="approve")
    approved >> load_campaigns() >> load_people() >> load_members.expand(batch=planned) >> report()


livestorm_to_salesforce()
