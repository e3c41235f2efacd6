"""Events whose registration form does not require a value that a Lead needs (R5)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report.session_problems import form_problems


def test_an_event_whose_form_does_not_require_the_company_is_a_problem() -> None:
    forms = {"whole": "email;first_name;last_name;company", "optional": "email;first_name;last_name", "out": "email",
             "unknown": ""}  # fmt: skip
    events = pd.DataFrame({"event_id": list(forms), "form": list(forms.values())})
    sessions = pd.DataFrame({"event_id": list(forms), "scope": [True, True, False, True]})
    [problem] = form_problems(events, sessions)
    assert (problem.code, problem.count, problem.severity) == ("FORM_LACKS_FIELD", 1, "note")
    assert "company" in problem.public
    assert "optional" in problem.message and "optional" not in problem.public
