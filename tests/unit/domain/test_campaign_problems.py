"""Problems of Campaigns and statuses, from literal frames."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report.campaign_problems import campaign_problems, status_problems
from livestorm_salesforce.domain.report.row_results import LoadResults
from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import REMEDIES

REFUSED = pd.DataFrame({
    "session_id": ["s1", "s2", "s3"], "code": ["CAMPAIGN_DELETED", "STRING_TOO_LONG", "CAMPAIGN_DELETED"],
    "message": ["deleted", "too long", "deleted"], "is_intended": [True, False, False],
})  # fmt: skip
ENDED = LoadResults(True, pd.DataFrame(), None, None)


def test_refused_campaigns_are_problems_by_code_and_those_that_a_user_deleted_are_notes() -> None:
    missing, deleted, too_long = campaign_problems(REFUSED, ENDED)
    assert (missing.code, missing.severity, missing.public) == ("CAMPAIGN_DELETED", Severity.REFUSED, "of sessions s3")
    assert (deleted.code, deleted.severity, deleted.public) == ("CAMPAIGN_DELETED", Severity.NOTE, "of sessions s1")
    assert (too_long.code, too_long.severity) == ("CAMPAIGN_STRING_TOO_LONG", Severity.REFUSED)
    assert too_long.remedy == REMEDIES["STRING_TOO_LONG"]
    assert too_long.message == "of sessions s2: too long"


def test_a_load_of_campaigns_that_did_not_end_is_a_failure() -> None:
    (problem,) = campaign_problems(REFUSED.head(0), LoadResults(True, None, None, None))
    assert (problem.code, problem.severity) == ("NOT_LOADED", Severity.FAILED)
    assert campaign_problems(REFUSED.head(0), LoadResults(False, None, None, None)) == []


def test_a_refused_status_is_counted_once_per_campaign() -> None:
    results = pd.DataFrame({
        "campaign_id": ["701A", "701A", "701B"], "source_key": "Attended", "outcome": ["refused", "refused", "done"],
        "code": "DUPLICATE_VALUE", "message": "duplicate",
    })  # fmt: skip
    (problem,) = status_problems(results)
    assert (problem.code, problem.count) == ("STATUS_DUPLICATE_VALUE", 1)
    assert problem.message == "statuses refused: Attended (Campaigns 701A): duplicate"
