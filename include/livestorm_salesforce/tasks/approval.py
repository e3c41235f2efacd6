"""Between plan and load: may this run write by itself, must a person look, or has one agreed already?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from livestorm_salesforce.domain.plan import safety_limits as rules
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.errors import UnsafePlan
from livestorm_salesforce.problems import remedy
from livestorm_salesforce.runs.task_run import TaskRun

#: The trigger form's `approve` when limits apply; else a person is asked or has agreed, whatever the plan says.
NEVER = "never"
REFUSED = "plan_refused"


def check(run: TaskRun, made: Plan) -> list[str]:
    """Keep the counts and what is beyond the limits in the run folder.

    Raises:
        UnsafePlan: beyond a limit, in a run that writes and that no person is asked about or has agreed to.
    """
    found = rules.exceeded(made, run.app.mapping.limits)
    run.folder.write_json("safety", {"counts": rules.counts(made), "beyond": found})
    if found and run.writes and run.params.get("approve", NEVER) == NEVER:
        raise UnsafePlan(
            f"Nothing was written: {'; '.join(found)}.",
            remedy=remedy("UNSAFE_PLAN"),
        )
    return found


def notes(run: TaskRun) -> list[dict[str, Any]]:
    """For the report: what is beyond the limits, and that a person refused the plan."""
    found = run.folder.read_json("safety", {"beyond": []})["beyond"]
    stopped = run.writes and run.params.get("approve", NEVER) == NEVER
    told = [(UnsafePlan.__name__, sentence, remedy("UNSAFE_PLAN")) for sentence in found]
    if run.params.get(REFUSED):
        told.append(("NOT_APPROVED", "the plan was refused: nothing was written", remedy("NOT_APPROVED")))
    return [
        {
            "code": "UNSAFE_PLAN" if code == UnsafePlan.__name__ else code,
            "severity": "failed" if stopped else "note",
            "count": 1,
            "public": words,
            "message": words,
            "remedy": do,
        }
        for code, words, do in told
    ]


def refused(run: TaskRun) -> TaskRun:
    """The run as its report tells it when a person refused the plan: as a preview."""
    return replace(run, params={**run.params, "mode": "preview", REFUSED: True})


QUESTION = """[What would be written]({pages}), [every change with its reason]({pages}/changes), and [the same as
CSV]({pages}/plan.csv). The last two are for users who may edit runs.

Look there even if you have seen numbers before: when a task was cleared since, the plan is another one.
"""


def question(pages: str) -> str:
    """What the person who approves reads, in Markdown: links alone. Airflow keeps the words of the first time it asked
    when a cleared run asks again, so they must not tell numbers.

    Args:
        pages: address of the run's pages.
    """
    return QUESTION.format(pages=pages)
