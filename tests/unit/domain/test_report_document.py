"""Verdict and problems of the report document."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.report import approval_problems, counts, quarantine
from livestorm_salesforce.domain.report.document import verdict_of
from livestorm_salesforce.domain.report.row_problems import quarantine_problems, row_problems
from livestorm_salesforce.enums import Severity, Verdict
from livestorm_salesforce.problems import DEFAULT_REMEDY, REMEDIES, Problem, ProblemCode


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], Verdict.OK),
        ([Severity.NOTE], Verdict.OK),
        ([Severity.NOTE, Severity.PROBLEM], Verdict.PROBLEMS),
        ([Severity.REFUSED], Verdict.PROBLEMS),
        ([Severity.REFUSED, Severity.FAILED], Verdict.FAILED),
    ],
)
def test_the_verdict_follows_the_worst_severity(severities: list[Severity], verdict: Verdict) -> None:
    assert verdict_of([Problem("X", severity) for severity in severities]) == verdict


def test_a_problem_has_the_remedy_of_its_code_or_of_the_code_it_refers_to() -> None:
    assert Problem(ProblemCode.NOT_LOADED, Severity.FAILED).remedy == REMEDIES["NOT_LOADED"]
    assert Problem("X", Severity.NOTE, remedy_code="NOT_LOADED").remedy == REMEDIES["NOT_LOADED"]
    assert Problem("X", Severity.NOTE).remedy == DEFAULT_REMEDY


def test_the_public_document_does_not_contain_the_message() -> None:
    problem = Problem("X", Severity.NOTE, message="quotes a value")
    assert "message" not in problem.public_document()
    assert problem.document()["message"] == "quotes a value"


def test_refusals_are_grouped_by_code_and_values_by_field() -> None:
    accounting = pd.DataFrame({
        "bucket": ["refused", "refused", "skipped"], "code": ["A", "A", None], "object": "Lead",
        "reason": ["refused", "refused", "not loaded: a load task did not finish"],
    })  # fmt: skip
    notes = pd.DataFrame({"object": "Lead", "field": "Title", "note": ["cut to 10 characters", "left out"]})
    found = [(problem.code, problem.count, problem.severity) for problem in row_problems(accounting, notes)]
    assert found == [
        ("A", 2, "refused"), ("NOT_LOADED", 1, "failed"), ("VALUE_CUT", 1, "note"), ("VALUE_LEFT_OUT", 1, "note"),
    ]  # fmt: skip


def test_rows_in_quarantine_have_the_remedy_of_their_code() -> None:
    accounting = pd.DataFrame({
        "session_id": "s", "person_id": ["p1", "p2", "p3"], "quarantine_code": ["INVALID_EMAIL_ADDRESS", None, ""],
    })  # fmt: skip
    (problem,) = quarantine_problems(accounting, quarantine.empty(), writes=True)
    assert (problem.code, problem.count, problem.remedy) == ("IN_QUARANTINE", 1, REMEDIES["INVALID_EMAIL_ADDRESS"])


def test_rows_in_quarantine_that_the_run_did_not_read_are_counted_unless_dismissed() -> None:
    accounting = pd.DataFrame({"session_id": ["s1"], "person_id": ["p1"], "quarantine_code": ["A"]})
    rows = pd.DataFrame({
        "session_id": ["s1", "s2", "s2", "s2", "s2"], "person_id": ["p1", "p2", "p3", "p4", "p5"],
        "code": ["A", "A", "A", "B", "B"], "dismissed": [False, False, False, False, True],
    })  # fmt: skip
    found = quarantine_problems(accounting, rows, writes=True)
    assert [(one.message[:1], one.count) for one in found] == [("A", 3), ("B", 1)]


@pytest.mark.parametrize(("writes", "counts"), [(True, []), (False, [1])])
def test_a_row_that_a_preview_would_send_again_still_waits(*, writes: bool, counts: list[int]) -> None:
    accounting = pd.DataFrame({"session_id": ["s1"], "person_id": ["p1"], "quarantine_code": [""]})
    rows = pd.DataFrame({"session_id": ["s1"], "person_id": ["p1"], "code": ["A"], "dismissed": [False]})
    assert [one.count for one in quarantine_problems(accounting, rows, writes=writes)] == counts


def test_an_exceeded_limit_is_a_failure_only_if_it_stopped_the_run() -> None:
    stopped, passed = (approval_problems.safety_problems(["x"], stopped=flag)[0] for flag in (True, False))
    assert (stopped.severity, passed.severity) == (Severity.FAILED, Severity.NOTE)


def test_calls_are_added_over_attempts_and_the_lowest_allowance_counts() -> None:
    attempts = [{"livestorm": 2, "salesforce": 1, "monthly_remaining": 90}, {"livestorm": 0, "salesforce": 4}]
    assert counts.calls_used(attempts) == {"livestorm": 2, "salesforce": 5}
    assert counts.monthly_remaining(attempts) == 90
    assert counts.monthly_remaining(attempts[1:]) is None
