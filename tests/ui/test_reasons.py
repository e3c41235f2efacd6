"""Reasons of decisions in the language of a page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import livestorm_salesforce
from livestorm_salesforce.domain.plan import member_reasons
from livestorm_salesforce.domain.registrants import change_causes, eligibility, withheld
from livestorm_salesforce.domain.report import accounting, session_table
from livestorm_salesforce.domain.sessions import backfill, call_budget, scope
from livestorm_salesforce.tasks import read_results
from livestorm_salesforce.web.reasons import reason_code, reason_text
from livestorm_salesforce.web.translations import Translator

PRODUCT = Path(livestorm_salesforce.__file__).parent
CONSTANTS = [
    *map(str, eligibility.SkipReason),
    eligibility.SAME_AS_LAST, eligibility.DUPLICATE, eligibility.OTHER_ADDRESS, eligibility.OTHER_SESSION,
    accounting.SUPERSEDED, accounting.RECORD_MISSING, accounting.NOT_LOADED, accounting.REFUSED,
    withheld.RECORD_DELETED, withheld.RECORD_HIDDEN, withheld.MEMBER_DELETED,
    accounting.UNCHANGED, session_table.NOT_DUE, call_budget.NO_BUDGET, call_budget.AHEAD_OF_PACE, call_budget.FEW,
    call_budget.PARTIAL, backfill.PACED, scope.EVENT_UNREADABLE, scope.BEFORE_ACTIVATION, scope.NOT_ASKED,
    read_results.GONE, read_results.NO_ANSWER, read_results.NO_CALLS, read_results.NO_RESULT,
    read_results.UNKNOWN_SHAPE, *read_results.REASONS.values(),
    *change_causes.REASONS.values(), member_reasons.REGISTERED, member_reasons.ATTENDANCE,
    member_reasons.REPLAY, member_reasons.ANSWERS, member_reasons.REGISTRATION_DATA, member_reasons.CONSTANT,
]  # fmt: skip


def literal_reasons() -> Iterator[str]:
    """Reasons in lists of rules, `(rows, reason)`, and of changes, `builder.add(..., action, reason)`."""
    files = [
        "domain/audit/undo.py",
        "domain/report/accounting.py",
        "domain/sessions/scope.py",
    ]
    files += [str(path.relative_to(PRODUCT)) for path in sorted((PRODUCT / "domain/plan").glob("*.py"))]
    for file in files:
        for node in ast.walk(ast.parse((PRODUCT / file).read_text("utf-8"))):
            if isinstance(node, ast.List) and "plan" not in file:
                yield from (texts[1] for one in node.elts if len(texts := _texts(one)) == 2 and texts[1])
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                "add",
                "_add",
            ):
                yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            if isinstance(node, ast.Tuple) and file.endswith("statuses.py") and len(node.elts) == 3:
                yield from (one.value for one in node.elts if isinstance(one, ast.Constant) and " " in str(one.value))


def _texts(node: ast.expr) -> list[str]:
    elements = node.elts if isinstance(node, ast.Tuple) else []
    return [element.value if isinstance(element, ast.Constant) else "" for element in elements]


def test_every_reason_has_a_french_text() -> None:
    t, reasons = Translator("fr"), {*CONSTANTS, *literal_reasons()} - {*accounting.BUCKETS}
    assert len(reasons) > 40
    assert sorted(reason for reason in reasons if t.of("reason", reason) == reason) == []


@pytest.mark.parametrize(
    ("reason", "english", "french"),
    [
        (
            "in quarantine: STRING_TOO_LONG, tried twice, next try 2026-11-24 10:00 UTC",
            "Held back: A value is too long. Tried twice, next attempt 24 Nov 2026 10:00 UTC",
            "Retenu : Une valeur est trop longue. Essayé 2 fois, prochain essai 24 nov. 2026 10:00 UTC",
        ),
        ("dismissed from quarantine: X", "Dismissed by a user: X", "Écarté par un utilisateur : X"),
        (
            "deferred: the calls of this run or month are used up",
            "Deferred: The calls of this run or month are used up",
            "Reporté : Les appels de cette exécution ou de ce mois sont épuisés",
        ),
        ("undo of run-1", "Undo of run-1", "Annulation de run-1"),
        ("a reason of tomorrow", "A reason of tomorrow", "A reason of tomorrow"),
        (None, "", ""),
    ],
)
def test_reasons_with_values_are_translated_too(reason: str | None, english: str, french: str) -> None:
    assert reason_text(Translator("en"), reason) == english
    assert reason_text(Translator("fr"), reason).replace("\xa0", " ") == french


def test_the_code_of_a_reason_does_not_depend_on_code_and_time() -> None:
    held = {reason_code(f"in quarantine: {code}, tried once, next try 2026") for code in ("A", "B")}
    assert held == {"quarantine"} and reason_code("team member") == "team-member"
