"""What the DAG files share: retries by kind of error, and the run as a task sees it. Light: read at parse time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from livestorm_salesforce import errors

#: A run that nobody answers must not hold up the next ones for ever.
PATIENCE = timedelta(hours=24)

#: XCom of the approval: the chosen option, and nothing about who chose it.
ANSWER = "answer"
#: Where the plugin serves a run's pages.
PAGES = "/livestorm-salesforce/runs"

if TYPE_CHECKING:
    from livestorm_salesforce.runs.task_run import TaskRun

_HOPELESS = {
    errors.ConfigError: "a person must correct the configuration",
    errors.ContractError: "the service sent another shape; waiting does not help",
    errors.QuotaExhausted: "the allowance is used up; the next run goes on",
    errors.UnsafePlan: "a person must look at the plan",
    errors.StalePlan: "a new run plans again",
    errors.PartialLoad: "the report says what to do",
}

#: Only what waiting can heal is tried again.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[RetryRule(exception=kind, action=RetryAction.FAIL, reason=reason) for kind, reason in _HOPELESS.items()]
)
DEFAULT_ARGS = {
    "owner": "marketing-operations",
    "retries": errors.RETRIES,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_POLICY,
}


def schedule_of(setting: str) -> str | None:
    """The schedule of the setting; `none` is for who wants to look at previews before anything is written: to unpause a
    DAG with a schedule starts a run that writes."""
    return None if setting.strip().lower() in ("", "none") else setting


def task_run(context: dict[str, Any]) -> TaskRun:
    """The run that a task instance belongs to.

    Raises:
        ConfigError: the run was triggered with a param that the DAG does not have. Airflow lets it pass, and who wrote
            `Mode: preview` would find that it wrote.
    """
    from livestorm_salesforce.runs.context import AppContext
    from livestorm_salesforce.runs.task_run import TaskRun

    _refuse_unknown(context["params"], context["dag"].params)
    ti, dag_run = context["ti"], context["dag_run"]
    place = f"{ti.task_id}-{ti.map_index}" if ti.map_index >= 0 else ti.task_id
    manual = str(getattr(dag_run.run_type, "value", dag_run.run_type)) == "manual"
    return TaskRun(
        AppContext.from_environment(),
        context["run_id"],
        place,
        dict(context["params"]),
        manual,
        ti.try_number,
        ti.dag_id,
    )


def _refuse_unknown(given: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise errors.ConfigError(
            f"{len(unknown)} param(s) of this run are not known to the DAG: {', '.join(map(repr, unknown))}.",
            remedy=f"trigger the run with these only: {', '.join(declared)}",
        )


def writing_task_run(context: dict[str, Any]) -> TaskRun:
    """The same for a task that writes: in a preview it is skipped.

    Raises:
        AirflowSkipException: the run is a preview.
    """
    run = task_run(context)
    if not run.writes:
        raise AirflowSkipException("Preview: nothing is written.")
    return run


def asks(params: Mapping[str, Any]) -> bool:
    """Whether the trigger form wants a person between plan and load.

    Told by the form alone: most runs ask nobody, and need not import the pipeline to know it.
    """
    return params.get("approve") == "ask" and (params.get("mode") or "apply") == "apply"


class PlanApproval(ApprovalOperator):
    """Asks a person whether the plan may be written, when the trigger form said so; else it lets the run go on.

    A refusal, or no answer within `PATIENCE`, skips the loads; the report then says that nothing was written.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Write this plan to Salesforce?", defaults=self.REJECT, response_timeout=PATIENCE, **kwargs
        )

    def execute(self, context: dict[str, Any]) -> Any:
        if not asks(context["params"]):
            return None
        from livestorm_salesforce.tasks import approval as safety

        run = task_run(context)
        ti = context["ti"]
        self.body = safety.question(f"{PAGES}/{quote(ti.dag_id, safe='')}/{quote(run.run_id, safe='')}")
        return super().execute(context)

    def execute_complete(self, context: dict[str, Any], event: dict[str, Any]) -> None:
        """Keep the answer before Airflow acts on it.

        A task that skips others pushes no return value, so that the report could not know of a refusal; and what
        Airflow would return holds the name of the person who answered, which its own records keep.
        """
        context["ti"].xcom_push(ANSWER, event.get("chosen_options"))
        super().execute_complete(context, event)


def report_task_run(context: dict[str, Any], approval: str) -> TaskRun:
    """The run as its report tells it.

    Args:
        approval: task id of the `PlanApproval`.
    """
    from livestorm_salesforce.tasks import approval as safety

    refused = context["ti"].xcom_pull(task_ids=approval, key=ANSWER) == [ApprovalOperator.REJECT]
    return safety.refused(task_run(context)) if refused else task_run(context)
