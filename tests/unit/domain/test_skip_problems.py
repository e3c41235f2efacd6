"""Every reason because of which a registrant is not synced has a code, a count and a remedy in the report."""

from __future__ import annotations

from types import ModuleType

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants import eligibility, withheld
from livestorm_salesforce.domain.registrants.eligibility import SkipReason
from livestorm_salesforce.domain.report import accounting
from livestorm_salesforce.domain.report.document import WITH_NOTES, verdict_of, verdict_words
from livestorm_salesforce.domain.report.row_problems import row_problems, withheld_problems
from livestorm_salesforce.domain.report.run_status import red_problems
from livestorm_salesforce.domain.report.skip_problems import SKIP_CODES
from livestorm_salesforce.enums import RedWhen, Severity, Verdict
from livestorm_salesforce.problems import REMEDIES, Problem, ProblemCode

#: Reasons of rows that are synced: themselves, by the row they are merged into, or by an earlier run. A refused row has
#: the code of its refusal.
SYNCED = {
    eligibility.SAME_AS_LAST, eligibility.DUPLICATE, eligibility.OTHER_ADDRESS, eligibility.OTHER_SESSION,
    accounting.REFUSED, accounting.UNCHANGED,
}  # fmt: skip


def constants(module: ModuleType) -> set[str]:
    """Reasons among the constants of a module: texts with a blank that are no pattern."""
    values = (value for name, value in vars(module).items() if name.isupper() and isinstance(value, str))
    return {value for value in values if " " in value and value not in (eligibility.INVALID, eligibility.ADDRESS)}


HELD_BACK = sorted(
    {*map(str, SkipReason)} | (constants(eligibility) | constants(accounting) | constants(withheld)) - SYNCED
)


def problems_of(*reasons: str) -> list[Problem]:
    rows = pd.DataFrame({"session_id": "s1", "reason": reasons, "bucket": "skipped", "code": None, "object": None})
    rows["person_id"] = rows.index.astype("str")
    notes = pd.DataFrame(columns=["object", "field", "note"], dtype="str")
    none = pd.DataFrame(columns=withheld.COLUMNS, dtype="str")
    return row_problems(rows, notes) + withheld_problems(rows, none)


def test_the_reasons_of_all_modules_are_found() -> None:
    assert len(HELD_BACK) == len(SkipReason) + 6
    assert {accounting.SUPERSEDED, withheld.MEMBER_DELETED, "team member"} <= {*HELD_BACK}


@pytest.mark.parametrize("reason", HELD_BACK)
def test_a_reason_has_its_own_code_with_count_and_remedy(reason: str) -> None:
    (problem,) = problems_of(reason, eligibility.DUPLICATE, reason)
    assert (problem.count, problem.remedy) == (2, REMEDIES[problem.code])


def test_two_reasons_do_not_share_a_code() -> None:
    codes = [problem.code for problem in problems_of(*HELD_BACK)]
    assert len({*codes}) == len(codes) == len(HELD_BACK) and len(SKIP_CODES) == len(SkipReason)


def test_rows_that_are_synced_are_no_problem() -> None:
    assert problems_of(*SYNCED) == []


@pytest.mark.parametrize("reason", [reason for reason in SkipReason if reason != SkipReason.ROLE_UNKNOWN])
def test_a_decision_of_the_mapping_is_a_note_that_changes_no_verdict(reason: SkipReason) -> None:
    found = problems_of(reason.value)
    documents = [problem.public_document() for problem in found]
    assert verdict_of(found) == Verdict.OK and red_problems(documents, RedWhen.ANY_REFUSAL, 0) == []
    assert verdict_words({"verdict": "ok", "problems": documents}) == WITH_NOTES


def test_an_unknown_role_needs_attention() -> None:
    (problem,) = problems_of(SkipReason.ROLE_UNKNOWN.value)
    assert (problem.code, problem.severity) == (ProblemCode.ROLE_UNKNOWN, Severity.PROBLEM)
