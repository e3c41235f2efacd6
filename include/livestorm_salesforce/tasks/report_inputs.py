"""What the earlier tasks of a run left in its folder for the report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report import campaign_problems, counts
from livestorm_salesforce.domain.report.row_results import LoadResults
from livestorm_salesforce.runs.plan_files import discovery, load_plan, load_plan_without_values, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log
from livestorm_salesforce.tasks.read_results import outcomes_of
from livestorm_salesforce.writers import plan_executor, row_sender


@dataclass(frozen=True)
class ReportInputs:
    """Frames and documents of one run.

    Attributes:
        plan: without values, if the run writes.
        discovery: the document of the discover task.
        links: `session_id`, `campaign_id` after the load of Campaigns.
        outcomes: results of reading registrants, one row per session.
        registrations: registrants after change detection.
        written: what the loads wrote, or what a preview would write.
        attempts: calls per attempt of a task.
    """

    plan: Plan
    results: LoadResults
    discovery: dict[str, Any]
    sessions: pd.DataFrame
    events: pd.DataFrame
    links: pd.DataFrame
    outcomes: pd.DataFrame
    registrations: pd.DataFrame
    written: counts.Written
    attempts: list[dict[str, Any]]

    @classmethod
    def read(cls, run: TaskRun) -> ReportInputs:
        """Read the folder of a run."""
        folder = run.folder
        plan = load_plan_without_values(folder) if run.writes else load_plan(folder)
        return cls(
            plan=plan,
            results=_load_results(run),
            discovery=discovery(folder),
            sessions=folder.read("sessions"),
            events=folder.read("events"),
            links=plan_executor.read_or_default(run, "campaigns-links", plan.campaigns),
            outcomes=outcomes_of(run),
            registrations=folder.read("registrations"),
            written=_written(run, plan),
            attempts=_attempts(run),
        )

    @cached_property
    def all_results(self) -> pd.DataFrame:
        """Results of all loads that ended."""
        parts = [
            part for part in (self.results.campaigns, self.results.people, self.results.members) if part is not None
        ]
        return pd.concat(parts, ignore_index=True) if parts else row_sender.results_frame([])

    @cached_property
    def refused_campaigns(self) -> pd.DataFrame:
        """Sessions whose Campaign, or a change of it, was refused: `campaign_problems.refused_campaigns`."""
        results = self.results.campaigns
        empty = row_sender.results_frame([])
        return campaign_problems.refused_campaigns(self.plan, empty if results is None else results)


def _load_results(run: TaskRun) -> LoadResults:
    """Results of the load tasks. A load without changes leaves an empty result, a failed load leaves none.

    Some Campaigns are closed by the loads of members. Loads that were skipped because the plan has no changes ended
    without results.
    """
    if plan_document(run.folder).get("skipped"):
        return LoadResults(run.writes, *(row_sender.results_frame([]) for _ in range(3)))
    folder = plan_executor.folder(run)
    campaigns, people = (
        folder.read(f"{name}-results") if folder.has(f"{name}-results.parquet") else None
        for name in ("campaigns", "people")
    )
    names = [f"members-{batch:03d}-results" for batch in range(len(plan_document(run.folder)["member_batches"]))]
    parts = [folder.read(name) for name in names if folder.has(f"{name}.parquet")]
    ended = len(parts) == len(names)
    closed = [name.removesuffix(".parquet") for name in folder.names(".parquet") if name.startswith("closings-")]
    closings = [folder.read(name) for name in closed]
    campaigns = pd.concat([campaigns, *closings], ignore_index=True) if campaigns is not None else None
    members = pd.concat([row_sender.results_frame([]), *parts], ignore_index=True) if ended else None
    return LoadResults(run.writes, campaigns, people, members)


def _written(run: TaskRun, plan: Plan) -> counts.Written:
    if not run.writes:
        return counts.planned_writes(plan)
    state, replay = run.app.state, run.app.mapping.replay
    fields = ["Status", *([replay.field] if replay else [])]
    records = audit_log.count_records(state, run.run_id)
    return counts.Written(records, audit_log.read_member_fields(state, run.run_id, fields))


def _attempts(run: TaskRun) -> list[dict[str, Any]]:
    folder = run.folder.folder("calls")
    return [folder.read_json(name.removesuffix(".json")) for name in folder.names(".json")]
