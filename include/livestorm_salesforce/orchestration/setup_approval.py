"""The approval before a deployment of fields and permissions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from livestorm_salesforce.orchestration.durations import APPROVAL_TIMEOUT
from livestorm_salesforce.orchestration.notifications import notify_approval
from livestorm_salesforce.orchestration.notifier import is_configured
from livestorm_salesforce.orchestration.task_context import task_run

if TYPE_CHECKING:
    from airflow.sdk import Context

#: Path of the page that the plugin serves.
PAGE = "/livestorm-salesforce/setup"


class SetupApproval(ApprovalOperator):
    """Asks a person whether to add what a dry run has tried.

    A rejection, or no answer within `APPROVAL_TIMEOUT`, skips the deployment.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Add fields and permissions to Salesforce?",
            defaults=self.REJECT,
            response_timeout=APPROVAL_TIMEOUT,
            doc_md="Ask a person whether to add what the dry run has tried.",
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Wait until a person has answered.

        Raises:
            StalePlan: the org has changed since this run asked.
        """
        from livestorm_salesforce.tasks.deployment import deploy as task_module

        question = task_module.ask(task_run(context))
        self.subject, self.body = question.subject, question.body
        if is_configured():
            notify_approval(context, question.subject, PAGE)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Store the answer, the user and the time, then let Airflow apply the answer.

        Airflow's operator would return the name of the person as an XCom.
        """
        from livestorm_salesforce.tasks.deployment import deploy as task_module

        if chosen := event.get("chosen_options"):
            user = event.get("responded_by_user") or {}
            at = event.get("responded_at")
            moment = datetime.fromisoformat(at) if isinstance(at, str) else at or datetime.now(UTC)
            task_module.save_decision(task_run(context), chosen[0], user.get("name") or user.get("id"), moment)
        super().execute_complete(context, event)
