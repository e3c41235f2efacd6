"""What is notified, and when: once per change of state, with counts, codes and ids only.

Events: a run failed, the first success after it, newly rejected rows, a plan that waits for an approval, few calls
left, no success for a long time. The notifier of the settings receives `notification.event`, `.subject` and `.text`.

Imported at parse time, so it imports the state database only when something is notified.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from livestorm_salesforce.orchestration.notifier import is_configured, send
from livestorm_salesforce.orchestration.page_addresses import RUNS, page_address, report_path

if TYPE_CHECKING:
    from airflow.sdk import Context

    from livestorm_salesforce.state.database import Database

log = logging.getLogger(__name__)
FAILED, OK, LOW = "failed", "ok", "low"
#: Share of an allowance below which few calls are left.
LOW_SHARE = 0.1


class Event(StrEnum):
    """Why something is notified."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    REJECTED_ROWS = "rejected_rows"
    APPROVAL = "approval"
    LOW_BUDGET = "low_budget"
    NO_SUCCESS = "no_success"


@dataclass(frozen=True)
class Message:
    """One notification. No personal data.

    Attributes:
        subject: one line.
        text: cause and remedy.
    """

    event: Event
    subject: str
    text: str


def notify_failure(context: Context) -> None:
    """Callback of a failed run: notified when the run before did not fail."""
    if not is_configured():
        return
    dag_id, run_id = _run(context)
    cause = _cause(dag_id, run_id, str(context.get("reason") or ""))
    message = Message(
        Event.FAILURE, f"{dag_id}: the run failed", f"Run {run_id} failed. {cause} {_report_of(dag_id, run_id)}"
    )
    _send_change(context, f"run {dag_id}", FAILED, message)


def notify_recovery(context: Context) -> None:
    """Callback of a successful run: notified when the run before failed."""
    if not is_configured():
        return
    dag_id, run_id = _run(context)
    text = f"Run {run_id} succeeded; the run before had failed."
    message = Message(Event.RECOVERY, f"{dag_id}: runs succeed again", text)
    _send_change(context, f"run {dag_id}", OK, message, only_after=FAILED)


def notify_report(context: Context, report: Mapping[str, Any]) -> None:
    """Notify newly rejected rows and few calls left.

    Args:
        report: the public report of a run.
    """
    if not is_configured() or report.get("preview", True):
        return
    dag_id, run_id = _run(context)
    if count := int(report.get("new_refusals") or 0):
        codes = [problem for problem in report["problems"] if problem["severity"] == "refused"]
        lines = "\n".join(f"{one['count']:,} x {one['code']}: {one['remedy']}" for one in codes)
        text = f"Run {run_id}.\n{lines}\n{_report_of(dag_id, run_id)}"
        rows = "1 new row" if count == 1 else f"{count:,} new rows"
        message = Message(Event.REJECTED_ROWS, f"{dag_id}: Salesforce rejected {rows}", text)
        _send_change(context, f"rejected rows {dag_id}", run_id, message)
    for service, left, limit in _allowances(report):
        state = LOW if left < limit * LOW_SHARE else OK
        text = f"{left:,} of {limit:,} calls are left. When they are used up, runs stop and the next one continues."
        message = Message(Event.LOW_BUDGET, f"{dag_id}: few {service} calls are left ({left:,} of {limit:,})", text)
        _send_change(context, f"budget {service}", state, message if state == LOW else None)


def notify_approval(context: Context, question: str, address: str) -> None:
    """Notify that a plan waits for an approval. Sent each time: every run asks once.

    Args:
        question: subject of the question, with numbers.
        address: path of the run's pages.
    """
    dag_id, run_id = _run(context)
    text = f"Run {run_id} waits for an answer under Required Actions. Its plan: {page_address(address)}"
    send(context, _variables(Message(Event.APPROVAL, f"{dag_id}: {question}", text)))


def notify_no_success(context: Context, hours: float, *, is_overdue: bool = False) -> None:
    """Notify that no run that writes has succeeded for some hours; once until the next success.

    Args:
        is_overdue: the current run was queued more than `hours` ago.
    """
    if not is_configured():
        return
    from livestorm_salesforce.state import runs

    dag_id, _ = _run(context)
    since = runs.last_success(_database(), dag_id)
    counted_from = since or runs.first_start(_database(), dag_id)
    is_recent = counted_from is None or datetime.now(UTC) - counted_from < timedelta(hours=hours)
    if is_recent and not is_overdue:
        return
    last = f"The last success was at {since:%Y-%m-%d %H:%M} UTC." if since else "No run has succeeded yet."
    text = f"{last} The runs: {page_address(RUNS)}"
    message = Message(Event.NO_SUCCESS, f"{dag_id}: no success for {hours:g} hours", text)
    _send_change(context, f"no success {dag_id}", str(since or "never"), message)


def on_deadline(context: Context, hours: float) -> None:
    """Callback of a run that has not ended some hours after it was queued, for example because it waits."""
    try:
        notify_no_success(context, hours, is_overdue=True)
    except Exception as error:  # noqa: BLE001 the state database, with any error
        log.error("The deadline could not be notified (%s).", type(error).__name__)  # noqa: TRY400 the traceback may quote arguments


def _send_change(
    context: Context, subject: str, state: str, message: Message | None, *, only_after: str | None = None
) -> None:
    """Send a message if the state of a subject has changed, and store the state; without a message only store it.

    The state is stored after the message was sent, so a service that cannot be reached is tried again by the next run.
    """
    from livestorm_salesforce.state import notifications

    try:
        database = _database()
        before = notifications.last_state(database, subject)
        if before == state:
            return
        is_due = message is not None and (only_after is None or before == only_after)
        if not is_due or send(context, _variables(message)):  # type: ignore[arg-type]
            notifications.save(database, subject, state)
    except Exception as error:  # noqa: BLE001 a notification must not stop the run
        log.error("The notification could not be sent (%s); the run goes on.", type(error).__name__)  # noqa: TRY400 the traceback may quote arguments


def _variables(message: Message) -> dict[str, str]:
    return {"event": str(message.event), "subject": message.subject, "text": message.text}


def _cause(dag_id: str, run_id: str, reason: str) -> str:
    """Cause and remedy of the first task that failed for good."""
    from livestorm_salesforce.state import task_failures

    if reason == "timed_out":
        return "It exceeded its time limit (LIVESTORM_SALESFORCE_RUN_TIMEOUT_HOURS); the next run continues."
    failures = [one for one in task_failures.failures_of(_database(), dag_id, run_id) if not one.will_retry]
    if not failures:
        return "See the log of the first failed task."
    return f"Task {failures[0].task_id}: {failures[0].cause} Remedy: {failures[0].remedy}"


def _report_of(dag_id: str, run_id: str) -> str:
    """A sentence with the address of the page of a run."""
    return f"Report: {page_address(report_path(dag_id, run_id))}"


def _allowances(report: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Service, calls left and limit, as far as the services stated them."""
    found = []
    if (left := report.get("monthly_remaining")) is not None:
        found.append(("Livestorm", int(left), int(report.get("monthly_limit") or 10_000)))
    if usage := report.get("salesforce_usage"):
        found.append(("Salesforce", int(usage["limit"]) - int(usage["used"]), int(usage["limit"])))
    return found


def _run(context: Context) -> tuple[str, str]:
    """DAG id and run id; the context of a deadline describes the run as its REST API does."""
    run: Any = context["dag_run"]
    if isinstance(run, Mapping):
        return str(run["dag_id"]), str(run["dag_run_id"])
    return run.dag_id, run.run_id


def _database() -> Database:
    from livestorm_salesforce.runs.locations import state_database

    return state_database()
