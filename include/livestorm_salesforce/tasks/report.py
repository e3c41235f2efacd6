"""The last task: account for every registrant, tell it, remember what was loaded, give the verdict."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report import summary as words
from livestorm_salesforce.domain.report.accounting import Results, assign_buckets
from livestorm_salesforce.errors import PartialLoad
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.task_run import PLANNED, TaskRun, started_at
from livestorm_salesforce.state import audit_log, webhook_queue
from livestorm_salesforce.tasks import approval, quarantine, report_markdown, report_warnings
from livestorm_salesforce.tasks.commit_state import commit_state
from livestorm_salesforce.tasks.extract import outcomes_of
from livestorm_salesforce.writers import plan_executor, row_sender

log = logging.getLogger(__name__)
CLOCKS = pd.Timedelta(minutes=5)  # by so much the clocks of two workers may differ


def conclude(run: TaskRun, keep: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Report, tell the log, and give the verdict: a run with refused rows is not green.

    Args:
        keep: called with the report's counts before the verdict, so that they outlive a red task.

    Raises:
        PartialLoad: rows were refused, sessions failed, or an earlier task did not finish.
    """
    prune(run)
    with run.ending():
        told = _told(run, keep)
    if told["verdict"] == "ok":
        return told
    serious = [problem for problem in told["problems"] if problem["severity"] != "note"]
    listed = "; ".join(f"{problem['count']} x {problem['code']}" for problem in serious)
    raise PartialLoad(f"The run ended with {listed}. Report: {told['report']}.")


def _told(run: TaskRun, keep: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    if not run.folder.has(f"{PLANNED}.json"):
        keep({"verdict": "failed", "run_folder": str(run.folder)})
        raise PartialLoad(
            "There is no plan to report on: an earlier task of this run failed.",
            remedy="see the log of the first red task, settle it and clear that task with downstream",
        )
    told = report(run)
    log.info("\n%s", told.pop("markdown"))
    keep(told)
    return told


def report(run: TaskRun) -> dict[str, Any]:
    """Write `report.md`, `report.json` and `accounting.parquet`; return the counts and the Markdown for the task log.

    The return value holds counts, codes, ids and paths, never a person's data.
    """
    plan, outcomes = load_plan(run.folder), outcomes_of(run)
    sessions, events = run.folder.read("sessions"), run.folder.read("events")
    registrations = run.folder.read("registrations")
    results = _results(run)
    accounting = assign_buckets(registrations, plan, results)
    links = _links(run, plan)
    refused = report_warnings.refused_campaigns(plan, results)
    table = words.session_table(sessions, events, links, outcomes, accounting, refused)
    document = _document(run, plan, results, accounting, table)
    run.folder.write("accounting", accounting)
    path = run.folder.write_text("report.md", report_markdown.render(document, private=True))
    if run.writes and document["verdict"] != "failed":
        commit_state(run, sessions, outcomes, registrations, accounting, links)
    public = _public(run, document) | {"report": path}
    run.folder.write_json("report_sessions", document["sessions"])
    run.folder.write_json("report_without", document["without"])
    run.folder.write_json("report", public)
    return public | {"markdown": report_markdown.render(document, private=False)}


PUBLIC = (
    "verdict",
    "preview",
    "registrants",
    "buckets",
    "objects",
    "people",
    "members",
    "status_moves",
    "replays",
    "calls",
    "newcomers",
    "skipped",
)
PUBLIC_PROBLEM = ("code", "count", "remedy", "severity", "public")


def _public(run: TaskRun, document: dict[str, Any]) -> dict[str, Any]:
    """The part that may leave the run folder: counts, codes, ids and paths."""
    told = [{key: problem.get(key, "") for key in PUBLIC_PROBLEM} for problem in document["problems"]]
    return {key: document[key] for key in PUBLIC} | {
        "problems": told,
        "sessions": document["session_counts"],
        "run_folder": str(run.folder),
        "run_id": run.run_id,
        "dag_id": run.dag_id,
    }


def prune(run: TaskRun) -> None:
    """Remove run folders and audit rows older than their retention: they hold personal data."""
    oldest = run.app.clock.now() - run.app.settings.keep_runs_days * 86400
    for name in run.app.run_folders.names():
        folder = run.app.run_folders.folder(name)
        started = started_at(folder)
        if started is not None and started < oldest:
            folder.remove()
    for state in run.app.states:  # of other pairs, too: of the sandbox org one began with
        webhook_queue.prune(state, pd.Timestamp(oldest, unit="s"))
        audit_log.prune(state, run.app.utc_now() - pd.Timedelta(days=run.app.settings.keep_audit_days))


def _results(run: TaskRun) -> Results:
    """What the load tasks left; a load that had nothing to do leaves an empty result, one that failed leaves none."""
    folder = plan_executor.folder(run)
    read = {
        name: folder.read(f"{name}-results") if folder.has(f"{name}-results.parquet") else None
        for name in ("campaigns", "people")
    }
    names = [f"members-{batch:03d}-results" for batch in range(len(plan_document(run.folder)["member_batches"]))]
    there = [folder.read(name) for name in names if folder.has(f"{name}.parquet")]
    members = pd.concat([row_sender.results_frame([]), *there], ignore_index=True) if len(there) == len(names) else None
    return Results(run.writes, read["campaigns"], read["people"], members)


def _links(run: TaskRun, plan: Plan) -> pd.DataFrame:
    return plan_executor.read_or_default(run, "campaigns-links", plan.campaigns)


def _document(
    run: TaskRun, plan: Plan, results: Results, accounting: pd.DataFrame, table: pd.DataFrame
) -> dict[str, Any]:
    sent = [part for part in (results.campaigns, results.people, results.members) if part is not None]
    all_results = pd.concat(sent, ignore_index=True) if sent else row_sender.results_frame([])
    written = _written(run, plan)
    objects = words.object_counts(words.written_changes(written))
    warnings = report_warnings.warnings(run, plan, results) + quarantine.notes(accounting) + approval.notes(run)
    found = words.problems_of(accounting, report_warnings.notes(plan, all_results), warnings)
    problems = [words.complete(problem) for problem in found]
    counts = accounting["bucket"].value_counts()
    without = table[~table["scope"].astype(bool) | table["campaign_id"].isna() & run.writes]
    return {
        "preview": not run.writes,
        "verdict": words.verdict_of(problems),
        "registrants": len(accounting),
        "buckets": {name: int(counts.get(name, 0)) for name in words.BUCKETS},
        "objects": objects,
        "people": words.people_counts(plan.people),
        "members": objects["CampaignMember"],
        "status_moves": words.status_moves(written),
        "replays": words.replay_views(written, run.app.mapping.replay),
        "calls": _calls(run),
        "newcomers": report_warnings.newcomers(run),
        "monthly_remaining": _monthly_remaining(run),
        "problems": problems,
        "skipped": report_warnings.skipped(accounting),
        "sessions": _records(table[table["scope"].astype(bool)]),
        "without": _records(without[~without["scope"].astype(bool)]),
        "refused": words.shown_refusals(accounting),
        "session_counts": {
            "listed": len(table),
            "in_scope": int(table["scope"].sum()),
            "read": int((table["registrants"] > 0).sum()),
            "deferred": int(table["deferred"].sum()),
            "without_campaign": int((~table["scope"].astype(bool)).sum()),
        },
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for a template and for JSON, where what is not there is None: a NaN counts as true and reads `nan`."""
    return table.astype("object").where(table.notna(), None).to_dict("records")


def _written(run: TaskRun, plan: Plan) -> pd.DataFrame:
    """The fields that the loads of this plan wrote, all tries of them, answered or found done (in a preview: that they
    would write): columns object, action, record_id, field, before, after."""
    if not run.writes:
        planned = plan.fields.merge(plan.changes, on="change_id")
        return planned.assign(record_id=planned["change_id"].astype("str"))
    since = pd.Timestamp(plan_document(run.folder)["read_at"], unit="s", tz="UTC") - CLOCKS
    return audit_log.read(run.app.state, run.run_id, since).drop_duplicates(
        ["object", "action", "record_id", "field", "after"]
    )


def _used(run: TaskRun) -> list[dict[str, Any]]:
    folder = run.folder.folder("calls")
    return [folder.read_json(name.removesuffix(".json")) for name in folder.names(".json")]


def _calls(run: TaskRun) -> dict[str, int]:
    return {side: sum(one[side] for one in _used(run)) for side in ("livestorm", "salesforce")}


def _monthly_remaining(run: TaskRun) -> int | None:
    told = [one["monthly_remaining"] for one in _used(run) if one.get("monthly_remaining") is not None]
    return min(told, default=None)
