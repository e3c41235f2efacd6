"""The decision between plan and load: whether the run writes on its own, asks a person, or was accepted in advance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from livestorm_salesforce.domain.plan import plan_summary, safety_limits
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report.approval_problems import rejection, safety_problems
from livestorm_salesforce.errors import StalePlan, UnsafePlan
from livestorm_salesforce.number_text import number_text
from livestorm_salesforce.problems import Problem, ProblemCode, remedy
from livestorm_salesforce.runs.plan_files import load_plan, plan_document, plan_frame
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import approvals
from livestorm_salesforce.state.approvals import Decision

#: Value of the param `approve` with which the safety limits stop a run.
NEVER = "never"
ASK = "ask"
ASK_AGAIN = "trigger a new run with approve 'ask'"
#: Answer to the question, an option of Airflow's `ApprovalOperator`.
REJECT = "Reject"
#: Param that `rejected` adds for the report.
REJECTED = "plan_rejected"


def check(run: TaskRun) -> list[str]:
    """Store the counts of the plan and the exceeded safety limits in the run folder, and return the latter.

    Raises:
        UnsafePlan: a limit is exceeded, and the run writes without asking a person.
    """
    changes = plan_frame(run.folder, "changes", ["object", "action"])
    counts = safety_limits.counts(changes, plan_frame(run.folder, "people", ["matched_as"]))
    exceeded = safety_limits.exceeded(counts, run.app.mapping.limits)
    run.folder.write_json("safety", {"counts": counts, "beyond": exceeded})
    if exceeded and _is_stopped(run):
        raise UnsafePlan(f"Nothing was written: {'; '.join(exceeded)}.", remedy=remedy(ProblemCode.UNSAFE_PLAN))
    return exceeded


def problems(run: TaskRun) -> list[Problem]:
    """Exceeded safety limits, and the rejection of the plan, for the report."""
    exceeded, stopped = run.folder.read_json("safety", {"beyond": []})["beyond"], _is_stopped(run)
    answer = [rejection(stopped=stopped, unanswered=_is_unanswered(run))] if run.params.get(REJECTED) else []
    return safety_problems(exceeded, stopped=stopped) + answer


def _is_unanswered(run: TaskRun) -> bool:
    """Whether the rejection is that of the time limit."""
    decisions = _decisions(run)
    return bool(decisions) and decisions[-1].decided_by is None


def _is_stopped(run: TaskRun) -> bool:
    """Whether an exceeded limit stops this run."""
    return run.writes and run.params.get("approve", NEVER) == NEVER


def rejected(run: TaskRun) -> TaskRun:
    """The task run of the report after a rejected plan: a preview."""
    return replace(run, params={**run.params, "mode": "preview", REJECTED: True})


#: Document of the run folder: hash of the plan that the question of this run shows.
QUESTION = "question"
LINKS = """[What would be written]({pages}), [every change with its reason]({pages}/changes), and [the same as
CSV]({pages}/plan.csv). The last two are for users who may edit runs."""


@dataclass(frozen=True)
class Question:
    """The question to the approving person: counts and field names, no personal data.

    Attributes:
        subject: one sentence with numbers.
        body: Markdown.
        plan_hash: identifies the plan.
    """

    subject: str
    body: str
    plan_hash: str


def ask(run: TaskRun, pages: str) -> Question:
    """The question about the plan of a run.

    Args:
        pages: address of the run's pages.

    Raises:
        StalePlan: the run has no plan, or it has asked about another plan before: Airflow would show the earlier text.
    """
    plan = load_plan(run.folder)
    question = _question(plan, run.folder.read_json("safety", {"beyond": []})["beyond"], pages)
    asked = run.folder.read_json(QUESTION) or {}
    if asked and asked["plan_hash"] != question.plan_hash:
        raise StalePlan(
            "The plan has changed since this run asked for an approval, and Airflow would show the earlier question.",
            remedy=ASK_AGAIN,
        )
    document = {"plan_hash": question.plan_hash, "read_at": plan_document(run.folder)["read_at"]}
    run.folder.write_json(QUESTION, document)
    return question


def require_approved(run: TaskRun) -> None:
    """Check that a load writes the plan that a person approved. Tasks may be cleared by hand: a load after a rejection,
    or the plan task after the approval.

    Nothing is checked where nobody was asked, or if the approval was marked as successful by hand.

    Raises:
        StalePlan: the plan was rejected, or the run's plan is another one than the approved one.
    """
    decisions = _decisions(run) if run.params.get("approve") == ASK else []
    if not decisions:
        return
    if decisions[-1].decision == REJECT:
        raise StalePlan("The plan of this run was rejected. Nothing was written.", remedy=ASK_AGAIN)
    if decisions[-1].plan_hash != _present_hash(run):
        raise StalePlan(
            "The plan was computed again after its approval and differs from the approved one. Nothing was written.",
            remedy=ASK_AGAIN,
        )


def _decisions(run: TaskRun) -> list[Decision]:
    return approvals.decisions_of(run.app.state, run.dag_id, run.run_id)


def _present_hash(run: TaskRun) -> str:
    """The hash of the run's plan; that of the question if the plan was not computed again since."""
    asked = run.folder.read_json(QUESTION) or {}
    if asked.get("read_at") == plan_document(run.folder)["read_at"]:
        return str(asked["plan_hash"])
    return plan_summary.plan_hash(load_plan(run.folder))


def save_decision(run: TaskRun, decision: str, decided_by: str | None, at: datetime) -> None:
    """Store who has answered the question, when, and about which plan.

    Args:
        decided_by: user of Airflow; None if nobody answered in time.
    """
    plan_hash = (run.folder.read_json(QUESTION) or {}).get("plan_hash", "")
    approvals.save(run.app.state, Decision(run.dag_id, run.run_id, at, plan_hash, decision, decided_by))


def _question(plan: Plan, exceeded: list[str], pages: str) -> Question:
    counts, fields = plan_summary.object_counts(plan), plan_summary.affected_fields(plan)
    creates, updates = int(counts["create"].sum()), int(counts["update"].sum())
    identity = plan_summary.plan_hash(plan)
    parts = [
        _limits(exceeded),
        _table("object | to create | to change", counts),
        "**Most affected fields of existing records**\n\n" + _table("object | field | records", fields)
        if len(fields)
        else "",
        LINKS.format(pages=pages),
        f"Plan `{identity}`. An approval is stored with this code, your user and the time.",
    ]
    subject = (
        f"Write {creates:,} new and {updates:,} changed records to Salesforce? Scheduled runs wait for the answer."
    )
    return Question(subject, "\n\n".join(part for part in parts if part), identity)


def _limits(exceeded: list[str]) -> str:
    if not exceeded:
        return "No safety limit is exceeded."
    return "**Exceeded safety limits**\n\n" + "\n".join(f"- {text}" for text in exceeded)


def _table(header: str, rows: pd.DataFrame) -> str:
    lines = [" | ".join(map(number_text, row)) for row in rows.itertuples(index=False)]
    return "\n".join(f"| {line} |" for line in [header, " | ".join(["---"] * len(rows.columns)), *lines])
