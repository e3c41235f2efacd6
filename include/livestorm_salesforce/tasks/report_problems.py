"""Collect the problems of a run for its report."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.registrants.withheld import RECORD_HIDDEN
from livestorm_salesforce.domain.report import campaign_problems, row_problems, session_problems
from livestorm_salesforce.domain.sessions import backfill
from livestorm_salesforce.enums import Severity
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.problems import Problem, ProblemCode
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import quarantine, registrations, sync_state
from livestorm_salesforce.tasks import approval
from livestorm_salesforce.tasks.report_inputs import ReportInputs
from livestorm_salesforce.writers import plan_executor, row_sender


def collect_problems(run: TaskRun, inputs: ReportInputs, accounting: pd.DataFrame) -> list[Problem]:
    """All problems of a run, in the order of the report.

    Args:
        accounting: `accounting.assign_buckets`.
    """
    statuses = plan_executor.read_or_default(run, "statuses-results", row_sender.statuses_frame())
    notes = row_problems.value_notes(inputs.plan, inputs.all_results)
    return [
        *_org_problems(run),
        *session_problems.unread_sessions(inputs.outcomes),
        *session_problems.unreadable_rows(inputs.discovery["unreadable"], inputs.sessions, inputs.outcomes),
        *session_problems.form_problems(inputs.events, inputs.sessions),
        *campaign_problems.campaign_problems(inputs.refused_campaigns, inputs.results),
        *campaign_problems.status_problems(statuses),
        *_reading_problems(run, inputs),
        *row_problems.quarantine_problems(accounting, quarantine.load(run.app.state), writes=run.writes),
        *row_problems.withheld_problems(accounting, _withheld(run)),
        *approval.problems(run),
        *row_problems.row_problems(accounting, notes),
        *row_problems.changed_statuses(inputs.all_results),
    ]


def _withheld(run: TaskRun) -> pd.DataFrame:
    """Registrations whose record or member is not created again; only hidden ones if the mapping creates the others."""
    found = registrations.load_withheld(run.app.state)
    return found[found["reason"] == RECORD_HIDDEN] if run.app.mapping.people.recreate_deleted else found


def _org_problems(run: TaskRun) -> list[Problem]:
    """Warnings of the org check, or the error that prevents it: a load may have found that a field is gone (field C8).

    The report is written in any case.
    """
    try:
        return org_check.warnings(run.app.schemas, run.app.mapping)
    except SyncError as error:
        return [Problem(ProblemCode.ORG_CHECK_FAILED, Severity.PROBLEM, public=str(error), message=str(error))]


def _reading_problems(run: TaskRun, inputs: ReportInputs) -> list[Problem]:
    discovery, sessions = inputs.discovery, inputs.sessions
    webhooks = bool(run.app.settings.webhooks)
    newcomers = session_problems.new_registrants(inputs.outcomes)
    is_backfill = sessions["backfill"].astype(bool)
    deferred, pressure = int((sessions["deferred"].astype(bool) & ~is_backfill).sum()), discovery["pressure"]
    cost = backfill.Cost(**discovery["backfill"])
    left = cost.sessions - int((sessions["read"].astype(bool) & is_backfill).sum())
    return [
        *(session_problems.missed_webhooks(newcomers) if webhooks else []),
        *session_problems.stopped_webhooks(inputs.outcomes),
        *session_problems.deferred_reads(deferred, pressure, run.app.mapping.reading, webhooks=webhooks),
        *session_problems.deferred_backfill(left, str(cost)),
        *session_problems.undocumented_statuses(sessions),
        *session_problems.unknown_session_ids(discovery["unknown"]),
        *session_problems.new_connection_pair(_other_pairs(run)),
        *session_problems.deferred_lookups(discovery.get("deferred_lookups", 0)),
        *session_problems.deleted_sessions(discovery["gone"], discovery["unknown"]),
    ]


def _other_pairs(run: TaskRun) -> int:
    """Number of other connection pairs with state in this store; 0 unless this is the first run of this pair."""
    return 0 if sync_state.has_run(run.app.state) else sync_state.count_pairs(run.app.database)
