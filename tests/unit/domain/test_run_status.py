"""Which runs are red, per setting."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from livestorm_salesforce.domain.report.run_status import count_new_refusals, red_problems
from livestorm_salesforce.enums import RedWhen


def problem(code: str, severity: str, count: int = 1, public: str = "") -> dict[str, Any]:
    return {"code": code, "severity": severity, "count": count, "public": public}


NOTE = problem("VALUE_CUT", "note")
REFUSED = problem("INVALID_EMAIL_ADDRESS", "refused", 3)
UNREAD = problem("SESSION_UNREAD", "problem")
UNKNOWN_ID = problem("UNKNOWN_SESSION_ID", "problem")
NOT_LOADED = problem("NOT_LOADED", "failed")


@pytest.mark.parametrize(
    ("problems", "red_when", "new", "red"),
    [
        ([], "any_refusal", 0, []),
        ([NOTE, UNKNOWN_ID], "any_refusal", 0, []),
        ([NOTE, REFUSED], "failed", 3, []),
        ([NOTE, REFUSED], "new_refusals", 0, []),
        ([NOTE, REFUSED], "new_refusals", 1, [REFUSED]),
        ([NOTE, REFUSED], "any_refusal", 0, [REFUSED]),
        ([UNREAD, REFUSED], "failed", 3, [UNREAD]),
        ([REFUSED, NOT_LOADED], "failed", 3, [NOT_LOADED]),
    ],
)
def test_a_run_is_red_when_the_setting_says_so(
    problems: list[dict[str, Any]], red_when: str, new: int, red: list[dict[str, Any]]
) -> None:
    assert red_problems(problems, RedWhen(red_when), new) == red


def test_a_refusal_is_new_in_the_run_that_reports_it_first() -> None:
    quarantine = pd.DataFrame({"run_id": ["r1", "r2", "r2"], "tries": [1, 1, 2]})
    campaign = problem("CAMPAIGN_REQUIRED_FIELD_MISSING", "refused", 2, "of sessions a, b")
    assert count_new_refusals([REFUSED], [], quarantine, "r2") == 1
    assert count_new_refusals([REFUSED, campaign], [], quarantine, "r3") == 2
    assert count_new_refusals([REFUSED, campaign], [campaign], quarantine, "r3") == 0
