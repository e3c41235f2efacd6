"""Problems of the safety limits and of the approval."""

from __future__ import annotations

from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import Problem, ProblemCode


def safety_problems(exceeded: list[str], *, stopped: bool) -> list[Problem]:
    """One problem per exceeded safety limit.

    Args:
        exceeded: `safety_limits.exceeded`.
        stopped: whether the limits stopped the run: it writes, and nobody was asked or accepted the plan.
    """
    severity = Severity.FAILED if stopped else Severity.NOTE
    return [Problem(ProblemCode.UNSAFE_PLAN, severity, public=text, message=text) for text in exceeded]


def rejection(*, stopped: bool) -> Problem:
    """The problem of a plan that a person rejected."""
    text = "the plan was rejected: nothing was written"
    severity = Severity.FAILED if stopped else Severity.NOTE
    return Problem(ProblemCode.NOT_APPROVED, severity, public=text, message=text)
