"""Shared parts of the DAG files: retry policy, task run of a context, approval. Imported at parse time, so light."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from livestorm_salesforce import errors

if TYPE_CHECKING:
    from airflow.sdk import Context

    from livestorm_salesforce.runs.task_run import TaskRun

#: An unanswered approval ends after this time, so that it does not hold up the next runs.
APPROVAL_TIMEOUT = timedelta(hours=24)
#: XCom key of the option chosen in the approval; the person who chose it is not stored.
CHOSEN_OPTION = "answer"
#: Path of the run pages that the plugin serves.
PAGES = "/livestorm-salesforce/runs"

NON_RETRYABLE = {
    errors.ConfigError: "a person must correct the configuration",
    errors.ContractError: "the service sent an unexpected format; waiting does not help",
    errors.QuotaExhausted: "the quota is used up; the next run continues",
    errors.UnsafePlan: "a person must look at the plan",
    errors.StalePlan: "a new run plans again",
    errors.PartialLoad: "the report says what to do",
}
#: All other exceptions are retried.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[RetryRule(exception=kind, action=RetryAction.FAIL, reason=reason) for kind, reason in NON_RETRYABLE.items()]
)
DEFAULT_ARGS = {
    "owner": "marketing-operations",
    "retries": errors.RETRIES,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_POLICY,
}


def parse_schedule(setting: str) -> str | None:
    """Return the schedule of a setting; None for an empty text or `none`.

    Without a schedule, unpausing the DAG starts no run, so previews can be checked before anything is written.
    """
    return None if setting.strip().lower() in ("", "none") else setting


def task_run(context: Context) -> TaskRun:
    """Return the task run of a task instance.

    Raises:
        ConfigError: the run was triggered with a param that the DAG does not declare. Airflow accepts it, and a run
            triggered with `Mode: preview` would write.
    """
    from livestorm_salesforce.runs.context import AppContext
    from livestorm_salesforce.runs.task_run import TaskRun

    _reject_unknown_params(context["params"], context["dag"].params)
    ti: Any = context["ti"]
    run_type = context["dag_run"].run_type
    return TaskRun(
        AppContext.from_environment(),
        context["run_id"],
        f"{ti.task_id}-{ti.map_index}" if ti.map_index >= 0 else ti.task_id,
        dict(context["params"]),
        str(getattr(run_type, "value", run_type)) == "manual",
        ti.try_number,
        ti.dag_id,
    )


def _reject_unknown_params(given: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise errors.ConfigError(
            f"{len(unknown)} param(s) of this run are not known to the DAG: {', '.join(map(repr, unknown))}.",
            remedy=f"trigger the run with these only: {', '.join(declared)}",
        )


def writing_task_run(context: Context) -> TaskRun:
    """Return the task run of a task that writes.

    Raises:
        AirflowSkipException: the run is a preview.
    """
    run = task_run(context)
    if not run.writes:
        raise AirflowSkipException("Preview: nothing is written.")
    return run


def asks_for_approval(params: Mapping[str, Any]) -> bool:
    """Return whether the params require an approval between plan and load.

    Most runs require none; they do not import the pipeline to find out.
    """
    return params.get("approve") == "ask" and (params.get("mode") or "apply") == "apply"


class PlanApproval(ApprovalOperator):
    """Asks a person whether to write the plan if the params say so; otherwise the run continues.

    A rejection, or no answer within `APPROVAL_TIMEOUT`, skips the loads; the report then states that nothing was
    written.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Write this plan to Salesforce?", defaults=self.REJECT, response_timeout=APPROVAL_TIMEOUT, **kwargs
        )

    def execute(self, context: Context) -> Any:
        """Defer until a person has answered."""
        if not asks_for_approval(context["params"]):
            return None
        from livestorm_salesforce.tasks import approval

        ti: Any = context["ti"]
        run = task_run(context)
        self.body = approval.question(f"{PAGES}/{quote(ti.dag_id, safe='')}/{quote(run.run_id, safe='')}")
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Store the chosen option, then let Airflow apply it.

        A task that skips others pushes no return value, so the report could not read a rejection from it; and the
        return value of Airflow's operator contains the name of the person.
        """
        context["ti"].xcom_push(CHOSEN_OPTION, event.get("chosen_options"))
        super().execute_complete(context, event)


def report_task_run(context: Context, approval_task: str) -> TaskRun:
    """Return the task run of the report: a preview if the plan was rejected.

    Args:
        approval_task: task id of the `PlanApproval`.
    """
    from livestorm_salesforce.tasks import approval

    chosen = context["ti"].xcom_pull(task_ids=approval_task, key=CHOSEN_OPTION)
    run = task_run(context)
    return approval.refused(run) if chosen == [ApprovalOperator.REJECT] else run
