"""The approval between plan and load, and the task run of the report after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from livestorm_salesforce.orchestration.durations import APPROVAL_TIMEOUT
from livestorm_salesforce.orchestration.notifications import notify_approval
from livestorm_salesforce.orchestration.notifier import is_configured
from livestorm_salesforce.orchestration.page_addresses import page_path, report_path
from livestorm_salesforce.orchestration.task_context import task_run

if TYPE_CHECKING:
    from airflow.sdk import Context

    from livestorm_salesforce.runs.task_run import TaskRun

#: XCom key of the option chosen in the approval; the person who chose it is not stored.
CHOSEN_OPTION = "answer"


def asks_for_approval(params: Mapping[str, Any]) -> bool:
    """Return whether the params require an approval between plan and load.

    Most runs require none; they do not import the pipeline to find out.
    """
    return params.get("approve") == "ask" and (params.get("mode") or "apply") == "apply"


class PlanApproval(ApprovalOperator):
    """Asks a person whether to write the plan if the params say so; otherwise the run continues.

    The question states the numbers, the exceeded limits and the most affected fields. The notifier of the settings is
    called before the wait begins. A rejection, or no answer within `APPROVAL_TIMEOUT`,
    skips the loads; the report then states that nothing was written.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Write this plan to Salesforce? Scheduled runs wait for the answer.",
            defaults=self.REJECT,
            response_timeout=APPROVAL_TIMEOUT,
            doc_md="If the trigger form says so, ask a person whether to write the plan; otherwise continue.",
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Wait until a person has answered.

        Raises:
            StalePlan: the run has no plan, or its plan has changed since it was asked about.
        """
        if not asks_for_approval(context["params"]):
            return None
        from livestorm_salesforce.tasks import approval

        ti: Any = context["ti"]
        run = task_run(context)
        pages = report_path(ti.dag_id, run.run_id)
        question = approval.ask(run, page_path(pages))
        self.subject, self.body = question.subject, question.body
        if is_configured():
            notify_approval(context, question.subject, pages)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Store the chosen option, the plan, the user and the time, then let Airflow apply the option.

        A task that skips others pushes no return value, so the report could not read a rejection from it; and the
        return value of Airflow's operator contains the name of the person.
        """
        from livestorm_salesforce.tasks import approval

        chosen = event.get("chosen_options")
        context["ti"].xcom_push(CHOSEN_OPTION, chosen)
        if chosen:
            user = event.get("responded_by_user") or {}
            at = event.get("responded_at")
            moment = datetime.fromisoformat(at) if isinstance(at, str) else at or datetime.now(UTC)
            approval.save_decision(task_run(context), chosen[0], user.get("name") or user.get("id"), moment)
        super().execute_complete(context, event)


def report_task_run(context: Context, approval_task: str) -> TaskRun:
    """Return the task run of the report: a preview if the plan was rejected.

    Args:
        approval_task: task id of the `PlanApproval`.
    """
    from livestorm_salesforce.tasks import approval

    chosen = context["ti"].xcom_pull(task_ids=approval_task, key=CHOSEN_OPTION)
    run = task_run(context)
    return approval.rejected(run) if chosen == [ApprovalOperator.REJECT] else run
