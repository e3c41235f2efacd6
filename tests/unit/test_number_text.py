"""Numbers in English texts have separators, wherever a person reads them."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.report.session_problems import stopped_webhooks
from livestorm_salesforce.number_text import number_text
from livestorm_salesforce.web.stored_texts import translated
from livestorm_salesforce.web.translations import Translator


@pytest.mark.parametrize(
    ("value", "text"), [(10_000, "10,000"), (999, "999"), (True, "True"), (None, ""), ("2026", "2026"), (1.5, "1.5")]
)
def test_counts_have_separators_and_other_values_do_not(value: object, text: str) -> None:
    assert number_text(value) == text


def test_a_problem_of_a_report_has_separators_in_both_languages() -> None:
    (problem,) = stopped_webhooks(pd.DataFrame({"unannounced": [12_000, 345]}))
    assert problem.public.endswith("none announced: 12,345")
    assert (translated(Translator("fr"), problem.public) or "").endswith(": 12\u202f345")
