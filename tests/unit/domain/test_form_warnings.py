"""Events whose registration form lets somebody register without what a Lead needs (R5)."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report.summary import form_warnings


def test_a_form_that_does_not_demand_a_name_is_told_with_its_event_and_others_are_not() -> None:
    forms = {"whole": "email;first_name;last_name;company", "optional": "email;first_name;last_name", "out": "email",
             "unknown": ""}  # fmt: skip
    events = pd.DataFrame({"event_id": list(forms), "form": list(forms.values())})
    sessions = pd.DataFrame({"event_id": list(forms), "scope": [True, True, False, True]})
    [problem] = form_warnings(events, sessions)
    assert (problem["code"], problem["count"], problem["severity"]) == ("FORM_LACKS_FIELD", 1, "note")
    assert "company" in problem["public"]
    assert "optional" in problem["message"] and "optional" not in problem["public"]
