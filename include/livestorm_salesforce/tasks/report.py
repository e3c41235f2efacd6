"""The report task: account for every registrant, write the report, commit the sync state and state the verdict."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.report.accounting import assign_buckets
from livestorm_salesforce.domain.report.counts import calls_used
from livestorm_salesforce.domain.report.document import RunData, build_document, public_document
from livestorm_salesforce.domain.report.run_status import count_new_refusals, red_problems
from livestorm_salesforce.domain.report.session_problems import new_registrants
from livestorm_salesforce.domain.report.session_table import session_table
from livestorm_salesforce.enums import Severity, Verdict
from livestorm_salesforce.errors import PartialLoad
from livestorm_salesforce.runs import drafts, locations, metrics
from livestorm_salesforce.runs.plan_files import plan_document
from livestorm_salesforce.runs.task_run import PLANNED, TaskRun, started_at
from livestorm_salesforce.state import approvals, audit_log, quarantine, runs, task_failures, webhook_queue
from livestorm_salesforce.tasks import report_markdown
from livestorm_salesforce.tasks.commit_state import commit_state, save_listings, save_records
from livestorm_salesforce.tasks.report_inputs import ReportInputs
from livestorm_salesforce.tasks.report_problems import collect_problems

log = logging.getLogger(__name__)


def conclude(run: TaskRun, keep: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Write the report, log it and fail the task if the run is red (setting `red_when`).

    Args:
        keep: called with the public report before the verdict, so that it is stored even if the task fails.

    Raises:
        PartialLoad: an earlier task did not finish, a service could not be read, or rows were refused and the setting
            makes such runs red.
        StalePlan: the run was not started or its folder was deleted.
    """
    with metrics.failure_counted(run.try_number):
        run.require_started()
        with metrics.timed(run.task, run.app.clock), run.ending():
            prune(run)
            document = _logged_report(run, keep)
    red = red_problems(document["problems"], run.app.settings.red_when, document["new_refusals"])
    if not red:
        return document
    listed = "; ".join(f"{problem['count']:,} x {problem['code']}" for problem in red)
    raise PartialLoad(f"The run ended with {listed}. Report: {document['report']}.")


def _logged_report(run: TaskRun, keep: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    if not run.folder.has(f"{PLANNED}.json"):
        keep({"verdict": str(Verdict.FAILED), "run_folder": str(run.folder)})
        raise _failed_earlier(run)
    document = report(run)
    log.info("\n%s", document.pop("markdown"))
    keep(document)
    return document


def _failed_earlier(run: TaskRun) -> PartialLoad:
    """The error of a report without a plan: it repeats the cause, because Airflow lists the report's failure first."""
    failures = task_failures.failures_of(run.app.database, run.dag_id, run.run_id)
    if not failures:
        return PartialLoad(
            "There is no plan to report on: an earlier task of this run failed.",
            remedy="read the log of the first failed task, resolve its error and clear that task with downstream",
        )
    last = [failure for failure in failures if not failure.will_retry] or failures
    return PartialLoad(
        f"There is no plan to report on: the task {last[0].task_id} failed. {last[0].cause}", remedy=last[0].remedy
    )


def report(run: TaskRun) -> dict[str, Any]:
    """Write `report.md`, `report.json` and `accounting.parquet`, and commit the sync state.

    Returns:
        the public report: counts, codes, ids and paths, no personal data; and its Markdown for the task log.
    """
    inputs = ReportInputs.read(run)
    accounting = assign_buckets(inputs.registrations, inputs.plan, inputs.results)
    problems = collect_problems(run, inputs, accounting)
    sessions = session_table(
        inputs.sessions, inputs.events, inputs.links, inputs.outcomes, accounting, inputs.refused_campaigns
    )
    document = build_document(
        RunData(
            writes=run.writes,
            plan=inputs.plan,
            accounting=accounting,
            sessions=sessions,
            written=inputs.written,
            attempts=inputs.attempts,
            newcomers=new_registrants(inputs.outcomes),
            problems=problems,
            replay=run.app.mapping.replay,
            skipped_stages=plan_document(run.folder).get("skipped", ""),
            webhook_hour=_webhook_hour(run, inputs) if run.by_webhook else None,
        )
    )
    run.folder.write("accounting", accounting)
    path = run.folder.write_text("report.md", report_markdown.render(document, private=True))
    if not run.by_webhook and not run.app.options.mapping_draft:
        save_listings(run, inputs, sessions)
    if run.writes:
        commit = save_records if document["verdict"] == Verdict.FAILED else commit_state
        commit(run, inputs, accounting)
    public = public_document(document, problems) | _location(run) | {"report": path}
    public["new_refusals"] = _new_refusals(run, public) if run.writes else 0
    _save(run, document, public)
    metrics.send_report(public, _latency(run, inputs, accounting))
    return public | {"markdown": report_markdown.render(document, private=False)}


def _save(run: TaskRun, document: dict[str, Any], public: dict[str, Any]) -> None:
    """Store the documents of the report; the public one also in the database, for the pages."""
    run.folder.write_json("report_sessions", document["sessions"])
    run.folder.write_json("report_without", document["without"])
    run.folder.write_json("report", public)
    runs.save_report(run.app.state, run.dag_id, run.run_id, public)


def _latency(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> pd.Series:
    """Seconds from registration to now of the created members; empty for a preview and a backfill of old sessions."""
    if not run.writes or run.request.backfill_from is not None:
        return pd.Series(dtype="float64")
    registered = inputs.registrations["registered_at"].reset_index(drop=True)
    is_created = accounting["bucket"].reset_index(drop=True) == "created"
    age: pd.Series = (run.app.utc_now() - registered[is_created]).dt.total_seconds()
    return age.clip(lower=0).dropna()


def _new_refusals(run: TaskRun, public: dict[str, Any]) -> int:
    if not any(problem["severity"] == Severity.REFUSED for problem in public["problems"]):
        return 0
    before = runs.previous_problems(run.app.state, run.dag_id, run.run_id)
    return count_new_refusals(public["problems"], before, quarantine.load(run.app.state), run.run_id)


def _webhook_hour(run: TaskRun, inputs: ReportInputs) -> dict[str, int]:
    """Runs that webhooks started in the last hour, this one included, and their calls of Salesforce."""
    since = run.app.utc_now() - pd.Timedelta(hours=1)
    others = runs.webhook_calls(run.app.state, since.to_pydatetime(), run.run_id)
    own = calls_used(inputs.attempts)["salesforce"]
    return {"runs": others["runs"] + 1, "salesforce": others["salesforce"] + own}


def _location(run: TaskRun) -> dict[str, str]:
    return {"run_folder": str(run.folder), "run_id": run.run_id, "dag_id": run.dag_id}


def prune(run: TaskRun) -> None:
    """Remove run folders, webhook deliveries and audit entries older than their retention: they hold personal data."""
    oldest = run.app.clock.now() - run.app.settings.keep_runs_days * 86400
    for folder in locations.run_folders_of_all_pairs(run.app.store):
        started = started_at(folder)
        if started is not None and started < oldest:
            folder.remove()
    drafts.prune(run.app.store, oldest)
    database, audit_oldest = run.app.database, run.app.utc_now() - pd.Timedelta(days=run.app.settings.keep_audit_days)
    with database.transaction():  # of all pairs, for example also of the sandbox org
        webhook_queue.prune(database, pd.Timestamp(oldest, unit="s", tz="UTC").floor("us"))
        audit_log.prune(database, audit_oldest)
        runs.prune(database, audit_oldest)
        task_failures.prune(database, audit_oldest)
        approvals.prune(database, audit_oldest)
