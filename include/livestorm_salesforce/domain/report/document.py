"""The report as a document: verdict, counts, problems and sessions as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.config.sections import ReplayRules
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report import counts
from livestorm_salesforce.domain.report.row_problems import shown_refusals
from livestorm_salesforce.enums import Severity, Verdict
from livestorm_salesforce.problems import Problem

#: Verdict to its words in the report.
VERDICTS = {
    Verdict.OK: "all is well",
    Verdict.PROBLEMS: "needs attention",
    Verdict.FAILED: "not finished",
}
#: Words of a run that needs no person, but has notes.
WITH_NOTES = "done, with notes"
#: Parts of the document that may leave the run folder: counts, codes and ids.
PUBLIC = (
    "verdict", "preview", "registrants", "buckets", "objects", "people", "members", "status_moves", "replays", "calls",
    "newcomers", "skipped", "monthly_remaining", "monthly_limit", "salesforce_usage", "skipped_stages", "webhook_hour",
)  # fmt: skip


@dataclass(frozen=True)
class RunData:
    """What the report of a run is made from.

    Attributes:
        writes: False for a preview.
        accounting: `accounting.assign_buckets`.
        sessions: `session_table.session_table`.
        written: what the loads wrote, or what a preview would write.
        attempts: calls per attempt of a task (`counts.calls_used`).
        newcomers: `session_problems.new_registrants`.
        problems: all problems, in the order of the report.
        skipped_stages: why the tasks between discover and report were skipped; empty if they were not.
        webhook_hour: `runs` that webhooks started in the last hour and their `salesforce` calls, with those of this
            run; None if webhooks did not start it.
    """

    writes: bool
    plan: Plan
    accounting: pd.DataFrame
    sessions: pd.DataFrame
    written: counts.Written
    attempts: Sequence[Mapping[str, Any]]
    newcomers: dict[str, int]
    problems: list[Problem]
    replay: ReplayRules | None
    skipped_stages: str
    webhook_hour: dict[str, int] | None


def verdict_of(problems: list[Problem]) -> Verdict:
    """The verdict of a run; notes do not change it."""
    severities = {problem.severity for problem in problems}
    if Severity.FAILED in severities:
        return Verdict.FAILED
    return Verdict.PROBLEMS if severities & {Severity.REFUSED, Severity.PROBLEM} else Verdict.OK


def verdict_words(document: Mapping[str, Any]) -> str:
    """The verdict of a report in words; "all is well" only without problems and notes."""
    verdict = Verdict(document["verdict"])
    return WITH_NOTES if verdict == Verdict.OK and document["problems"] else VERDICTS[verdict]


def build_document(data: RunData) -> dict[str, Any]:
    """The report for the run folder; it may quote personal data."""
    objects = counts.object_counts(data.written.records)
    in_scope = data.sessions["scope"].astype(bool)
    return {
        "preview": not data.writes,
        "verdict": str(verdict_of(data.problems)),
        "registrants": len(data.accounting),
        "buckets": counts.bucket_counts(data.accounting),
        "objects": objects,
        "people": counts.people_counts(data.plan.people),
        "members": objects["CampaignMember"],
        "status_moves": counts.status_moves(data.written.member_fields),
        "replays": counts.replay_views(data.written.member_fields, data.replay),
        "calls": counts.calls_used(data.attempts),
        "newcomers": data.newcomers,
        "skipped_stages": data.skipped_stages,
        "webhook_hour": data.webhook_hour,
        "monthly_remaining": counts.monthly_remaining(data.attempts),
        "monthly_limit": counts.monthly_limit(data.attempts),
        "salesforce_usage": counts.salesforce_usage(data.attempts),
        "problems": [problem.document() for problem in data.problems],
        "skipped": counts.skip_counts(data.accounting),
        "sessions": _records(data.sessions[in_scope]),
        "without": _records(data.sessions[~in_scope]),
        "refused": shown_refusals(data.accounting),
        "session_counts": session_counts(data.sessions),
    }


def session_counts(sessions: pd.DataFrame) -> dict[str, int]:
    """Number of sessions listed, in scope, read, deferred and without Campaign."""
    in_scope = sessions["scope"].astype(bool)
    return {
        "listed": len(sessions),
        "in_scope": int(in_scope.sum()),
        "read": int((sessions["registrants"] > 0).sum()),
        "deferred": int(sessions["deferred"].sum()),
        "without_campaign": int((~in_scope).sum()),
    }


def public_document(document: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The part of the report that may leave the run folder: counts, codes and ids."""
    return {key: document[key] for key in PUBLIC} | {
        "problems": [problem.public_document() for problem in problems],
        "sessions": document["session_counts"],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values: a missing value is None, because a template takes NaN for true."""
    rows = table.astype("object").where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
