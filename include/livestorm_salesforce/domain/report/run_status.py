"""Which problems make a run red in Airflow; all other runs are green, also those that need attention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from livestorm_salesforce.enums import RedWhen, Severity
from livestorm_salesforce.problems import ProblemCode

#: Problems of a run that could not read a service.
UNREAD = (ProblemCode.SESSION_UNREAD, ProblemCode.ORG_CHECK_FAILED)
#: Start of codes of refusals that concern no registrant, so that no row enters the quarantine.
WITHOUT_ROWS = ("CAMPAIGN_", "STATUS_")

PublicProblem = Mapping[str, Any]
"""A problem of a public report: `Problem.public_document`."""


def red_problems(problems: Iterable[PublicProblem], red_when: RedWhen, new_refusals: int) -> list[PublicProblem]:
    """The problems because of which a run is red; none if it is green.

    Args:
        problems: of the public report.
        new_refusals: `count_new_refusals`.
    """
    refusals_count = red_when == RedWhen.ANY_REFUSAL or (red_when == RedWhen.NEW_REFUSALS and new_refusals > 0)
    return [
        problem
        for problem in problems
        if problem["severity"] == Severity.FAILED
        or problem["code"] in UNREAD
        or (problem["severity"] == Severity.REFUSED and refusals_count)
    ]


def count_new_refusals(
    problems: Iterable[PublicProblem], before: Sequence[PublicProblem], quarantine: pd.DataFrame, run_id: str
) -> int:
    """Number of refusals of this run that no earlier run has reported.

    Args:
        problems: of the public report of this run.
        before: those of the previous run that wrote.
        quarantine: after the run; its rows are counted once, in the run that rejects them first.
    """
    entered = (quarantine["run_id"] == run_id) & (quarantine["tries"] == 1)
    known = {(problem["code"], problem["public"]) for problem in before}
    others = [
        problem
        for problem in problems
        if problem["severity"] == Severity.REFUSED
        and problem["code"].startswith(WITHOUT_ROWS)
        and (problem["code"], problem["public"]) not in known
    ]
    return int(entered.sum()) + sum(int(problem["count"]) for problem in others)
