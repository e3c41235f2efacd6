"""Problems of the safety limits and of the approval."""

from __future__ import annotations

from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import Problem, ProblemCode

UNANSWERED = "nobody approved the plan in time: nothing was written"


def safety_problems(exceeded: list[str], *, stopped: bool) -> list[Problem]:
    """One problem per exceeded safety limit.

    Args:
        exceeded: `safety_limits.exceeded`.
        stopped: whether the limits stopped the run: it writes, and nobody was asked or accepted the plan.
    """
    severity = Severity.FAILED if stopped else Severity.NOTE
    return [Problem(ProblemCode.UNSAFE_PLAN, severity, public=text, message=text) for text in exceeded]


def rejection(*, stopped: bool, unanswered: bool = False) -> Problem:
    """The problem of a plan that a person rejected, or that nobody answered in time."""
    text = UNANSWERED if unanswered else "the plan was rejected: nothing was written"
    severity = Severity.FAILED if stopped else Severity.NOTE
    return Problem(ProblemCode.NOT_APPROVED, severity, public=text, message=text)
