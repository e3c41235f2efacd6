"""When rows in quarantine are due."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.report.quarantine import RetryPolicy, due, empty, typed

NOW = pd.Timestamp("2026-11-23T10:00", tz="UTC")


@pytest.mark.parametrize(
    ("last_at", "is_due"),
    [("2026-11-22T09:00", True), ("2026-11-23T09:00", False), ("2026-11-23T10:05", False), ("2027-11-23T10:00", True)],
    ids=["a day ago", "an hour ago", "another clock", "a clock that was a year ahead"],
)
def test_a_row_is_due_after_a_day_and_if_its_last_try_lies_in_the_future(last_at: str, is_due: bool) -> None:
    row = {"session_id": "s", "person_id": "p", "object": "Lead", "code": "A", "tries": 1, "mapping_hash": 1,
           "first_at": NOW, "last_at": pd.Timestamp(last_at, tz="UTC"), "due": False, "dismissed": False,
           "person_hash": 0, "member_hash": 0, "key_hash": 0}  # fmt: skip
    rows = typed(pd.concat([empty(), pd.DataFrame([row])]))
    assert due(rows, RetryPolicy(NOW, pd.Timedelta(days=1), at_once=False, mapping=1)).tolist() == [is_due]
