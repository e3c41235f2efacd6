"""Registrants whose record or member a user deleted, or whose record is hidden."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants.withheld import MEMBER_DELETED, RECORD_HIDDEN, keep_reasons, unread

STORED = pd.DataFrame(
    {"session_id": ["s1", "s1"], "person_id": ["ada", "bob"], "reason": [RECORD_HIDDEN, MEMBER_DELETED]}
)


def registrations(person_changed: list[bool], member_changed: list[bool], hold_reason: str = "") -> pd.DataFrame:
    """Of ada, bob and cyd, who is not withheld."""
    return pd.DataFrame({
        "session_id": "s1", "person_id": ["ada", "bob", "cyd"], "is_eligible": True, "hold_reason": hold_reason,
        "person_changed": person_changed, "member_changed": member_changed,
    })  # fmt: skip


def test_an_unchanged_row_keeps_its_reason() -> None:
    rows = keep_reasons(registrations([False] * 3, [False] * 3), STORED)
    assert list(rows["hold_reason"]) == [RECORD_HIDDEN, MEMBER_DELETED, ""]
    assert not rows[["person_changed", "member_changed"]].any(axis=None)


@pytest.mark.parametrize("changed", [([True] * 3, [False] * 3), ([False] * 3, [True] * 3)])
def test_a_changed_row_is_compared_as_a_whole(changed: tuple[list[bool], list[bool]]) -> None:
    """Salesforce does not hold the values of its hashes; of another row it does."""
    rows = keep_reasons(registrations(*changed), STORED)
    assert list(rows["hold_reason"]) == ["", "", ""]
    assert rows.loc[:1, ["person_changed", "member_changed"]].all(axis=None)
    assert (rows.loc[2, "person_changed"], rows.loc[2, "member_changed"]) == (changed[0][2], changed[1][2])


def test_a_row_in_quarantine_keeps_its_own_reason() -> None:
    rows = keep_reasons(registrations([True] * 3, [False] * 3, "in quarantine"), STORED)
    assert set(rows["hold_reason"]) == {"in quarantine"} and not rows["member_changed"].any()


def test_reasons_of_rows_that_were_not_read_are_counted() -> None:
    read = pd.DataFrame({"session_id": ["s1"], "person_id": ["ada"]})
    assert list(unread(STORED, read)) == [MEMBER_DELETED]
