"""The decision between plan and load: whether the run writes on its own, asks a person, or was accepted in advance."""

from __future__ import annotations

from dataclasses import replace

from livestorm_salesforce.domain.plan import safety_limits
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report.approval_problems import rejection, safety_problems
from livestorm_salesforce.errors import UnsafePlan
from livestorm_salesforce.problems import Problem, ProblemCode, remedy
from livestorm_salesforce.runs.task_run import TaskRun

#: Value of the param `approve` with which the safety limits stop a run.
NEVER = "never"
#: Param that `rejected` adds for the report.
REJECTED = "plan_rejected"


def check(run: TaskRun, plan: Plan) -> list[str]:
    """Store the counts of a plan and the exceeded safety limits in the run folder, and return the latter.

    Raises:
        UnsafePlan: a limit is exceeded, and the run writes without asking a person.
    """
    exceeded = safety_limits.exceeded(plan, run.app.mapping.limits)
    run.folder.write_json("safety", {"counts": safety_limits.counts(plan), "beyond": exceeded})
    if exceeded and _is_stopped(run):
        raise UnsafePlan(f"Nothing was written: {'; '.join(exceeded)}.", remedy=remedy(ProblemCode.UNSAFE_PLAN))
    return exceeded


def problems(run: TaskRun) -> list[Problem]:
    """Exceeded safety limits, and the rejection of the plan, for the report."""
    exceeded, stopped = run.folder.read_json("safety", {"beyond": []})["beyond"], _is_stopped(run)
    answer = [rejection(stopped=stopped)] if run.params.get(REJECTED) else []
    return safety_problems(exceeded, stopped=stopped) + answer


def _is_stopped(run: TaskRun) -> bool:
    """Whether an exceeded limit stops this run."""
    return run.writes and run.params.get("approve", NEVER) == NEVER


def rejected(run: TaskRun) -> TaskRun:
    """The task run of the report after a rejected plan: a preview."""
    return replace(run, params={**run.params, "mode": "preview", REJECTED: True})


QUESTION = """[What would be written]({pages}), [every change with its reason]({pages}/changes), and [the same as
CSV]({pages}/plan.csv). The last two are for users who may edit runs.

Read the plan again if a task was cleared since you last saw it: the plan may have changed.
"""


def question(pages: str) -> str:
    """The text that the approving person reads, in Markdown.

    It contains links and no numbers: if a cleared run asks again, Airflow shows the text of the first time.

    Args:
        pages: address of the run's pages.
    """
    return QUESTION.format(pages=pages)
