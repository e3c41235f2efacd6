"""Load Livestorm sessions as Campaigns and their registrants as Leads, Contacts and Campaign Members.

Each run lists the webinars, reads registrants and attendance, compares them with Salesforce and writes the differences.
Clearing a failed task is always safe. What a run did, and what needs a person, is shown in its tab **Sync report**.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from airflow.sdk import Param, dag, get_current_context, task

from livestorm_salesforce.orchestration.assets import WRITTEN
from livestorm_salesforce.orchestration.dag_defaults import DAG_ARGS, DEFAULT_ARGS, deadline
from livestorm_salesforce.orchestration.deferral import deferrable_task
from livestorm_salesforce.orchestration.durations import APPROVAL_TIMEOUT
from livestorm_salesforce.orchestration.plan_approval import PlanApproval, report_task_run
from livestorm_salesforce.orchestration.run_report import keep_report, logged
from livestorm_salesforce.orchestration.skipped_stages import return_or_skip
from livestorm_salesforce.orchestration.task_context import (
    member_task_run,
    reading_task_run,
    task_run,
    writing_task_run,
)
from livestorm_salesforce.orchestration.webhook_watcher import sync_schedule

DESCRIPTION = "Webinars, registrants and attendance from Livestorm into Salesforce Campaigns, Leads and Contacts"
#: Groups of the trigger form; the first params have none, so they are shown at once.
PAST, SAFETY = "Past webinars", "Safety and repair"
PARAMS = {
    "mode": Param(
        "apply",
        type="string",
        enum=["apply", "preview"],
        title="What to do",
        values_display={"apply": "Write to Salesforce", "preview": "Preview: plan and report, write nothing"},
        description="A preview reads both services, plans every change and writes nothing.",
    ),
    "session_ids": Param(
        [], type=["array", "null"], items={"type": "string"}, title="Only these sessions",
        description_md="One **Livestorm session id** per line. Empty: all upcoming and recent sessions.",
    ),
    "event_ids": Param(
        [], type=["array", "null"], items={"type": "string"}, title="Only these events",
        description_md="One **Livestorm event id** per line: all its sessions. Empty: all events.",
    ),
    "backfill_from": Param(
        None, type=["null", "string"], format="date-time", title="From", section=PAST,
        description="Also sync past sessions that started at or after this time. Empty: no past sessions.",
    ),
    "backfill_to": Param(
        None, type=["null", "string"], format="date-time", title="Until", section=PAST,
        description="Of past sessions, only those that started before this time.",
    ),
    "approve": Param(
        "never", type="string", enum=["never", "ask", "accept"], title="Approval", section=SAFETY,
        values_display={"never": "Stop beyond the limits", "ask": "Ask me first", "accept": "Accept the plan"},
        description_md="Limits are set in section **limits** of the mapping. *Ask me first* shows the numbers under "
        f"Required Actions and waits up to {APPROVAL_TIMEOUT.total_seconds() / 3600:g} hours. **Scheduled runs wait as "
        "long**, because only one run works at a time. *Accept the plan* ignores the limits in this run.",
    ),
    "full_read": Param(
        False, type="boolean", title="Read and compare everything", section=SAFETY,
        description="Read every session in scope and compare every row with Salesforce, without using the sync state.",
    ),
    "mapping_draft": Param(
        None, type=["null", "string"], pattern="^[0-9a-f]{64}$", title="Draft of the mapping", section=SAFETY,
        description="Filled in by *Try it* on the page Mapping. For a preview only: a draft is never written.",
    ),
    "confirm_new_pair": Param(
        False, type="boolean", title="Start with other accounts", section=SAFETY,
        description="The connections lead to another Livestorm organization or Salesforce org than before, and this is "
        "intended. The new pair starts with an empty state; the state of the old one is kept.",
    ),
}  # fmt: skip
#: Name of a mapped task instance: the webinar, once the task knows it.
WEBINAR = "{{ label | default('batch ' ~ task.op_kwargs['batch']) }}"

#: Tasks that a run skips if its plan changes nothing, and if it does not even read registrants.
LOADS = ("approve", "load_campaigns", "load_people", "load_members")
STAGES = ("extract", "plan", *LOADS)


@deferrable_task(multiple_outputs=False, task_display_name="1 List webinars")
def discover() -> list[int]:
    """Check mapping, connections and permissions, list the sessions, and select those to read in this run."""
    from livestorm_salesforce.tasks import discover as task_module

    context = get_current_context()
    return return_or_skip(context, task_module.discover(task_run(context)), "batches", STAGES)


@deferrable_task(
    multiple_outputs=False,
    max_active_tis_per_dagrun=2,
    map_index_template=WEBINAR,
    task_display_name="2 Read registrants",
    doc_md="Read the registrants of some webinars from Livestorm.",
)
def extract(batch: int) -> dict:
    from livestorm_salesforce.tasks import extract as task_module

    return logged(task_module.extract(reading_task_run(get_current_context(), batch), batch))


@deferrable_task(multiple_outputs=False, trigger_rule="none_failed", task_display_name="3 Compare with Salesforce")
def plan() -> list[int]:
    """Read Salesforce, compute every change with its reason, and check the safety limits. Writes nothing."""
    from livestorm_salesforce.tasks import plan as task_module

    context = get_current_context()
    return return_or_skip(context, task_module.plan(task_run(context)), "member_batches", LOADS)


@deferrable_task(multiple_outputs=False, task_display_name="5 Write Campaigns")
def load_campaigns() -> dict:
    """Create and update Campaigns and their member statuses."""
    from livestorm_salesforce.tasks import load_campaigns as task_module

    return logged(task_module.load_campaigns(writing_task_run(get_current_context())))


@deferrable_task(multiple_outputs=False, task_display_name="6 Write people")
def load_people() -> dict:
    """Create Leads or Contacts, and update those that were found by e-mail address."""
    from livestorm_salesforce.tasks import load_people as task_module

    return logged(task_module.load_people(writing_task_run(get_current_context())))


@deferrable_task(
    multiple_outputs=False,
    max_active_tis_per_dagrun=1,
    map_index_template=WEBINAR,
    task_display_name="7 Write members",
    doc_md="Create and update Campaign Members: who registered, attended and watched the replay.",
)
def load_members(batch: int) -> dict:
    from livestorm_salesforce.tasks import load_members as task_module

    return logged(task_module.load_members(member_task_run(get_current_context(), batch), batch))


@task(multiple_outputs=False, trigger_rule="all_done", retries=1, outlets=[WRITTEN], task_display_name="8 Report")
def report() -> dict:
    """Account for every registrant, list problems with their remedies, and store what the next run needs."""
    from livestorm_salesforce.tasks import report as task_module

    context = get_current_context()
    return task_module.conclude(report_task_run(context, "approve"), keep=partial(keep_report, context))


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
    description=DESCRIPTION,
    doc_md=__doc__,
)
def livestorm_to_salesforce() -> None:
    batches = discover()
    planned = plan()
    extract.expand(batch=batches) >> planned
    approved = planned >> PlanApproval(task_id="approve", task_display_name="4 Approval")
    approved >> load_campaigns() >> load_people() >> load_members.expand(batch=planned) >> report()


livestorm_to_salesforce()
