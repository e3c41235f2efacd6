"""When a plan is applied without reading Salesforce again."""

from __future__ import annotations

from typing import Any

import pytest

from livestorm_salesforce.domain.plan.plan_trust import Writer, is_plan_trusted

READ_AT = 1_000.0
SELF = Writer("run-2", "load_people", 1)


def trusted(writer: Writer = SELF, **changes: Any) -> bool:
    arguments: dict[str, Any] = {
        "read_at": READ_AT,
        "now": READ_AT + 60,
        "trust_seconds": 600.0,
        "last_writes": {},
        "needs_approval": False,
        "writes_protected_fields": False,
    }
    return is_plan_trusted(writer, **arguments | changes)


def test_a_first_attempt_soon_after_the_reading_trusts_the_plan() -> None:
    assert trusted()


@pytest.mark.parametrize(
    "changes",
    [{"now": READ_AT + 600}, {"now": READ_AT - 1}, {"needs_approval": True}, {"writes_protected_fields": True}],
    ids=["old plan", "clock set back", "approval", "protected fields"],
)
def test_a_plan_that_may_be_out_of_date_is_not_trusted(changes: dict[str, Any]) -> None:
    assert not trusted(**changes)


def test_a_retry_does_not_trust_the_plan() -> None:
    assert not trusted(SELF._replace(try_number=2))


@pytest.mark.parametrize(
    ("other", "at", "expected"),
    [
        (Writer("run-1", "load_people", 1), READ_AT, False),
        (Writer("run-1", "load_people", 1), READ_AT - 1, True),
        (Writer("run-2", "load_campaigns", 1), READ_AT + 1, True),
        (Writer("run-2", "load_people", 2), READ_AT + 1, False),
        (SELF, READ_AT + 1, False),
        (SELF, READ_AT - 1, True),
    ],
    ids=[
        "other run",
        "other run before the reading",
        "other task of the run",
        "other attempt of the task",
        "same attempt in another deployment of Airflow",
        "same attempt before the reading",
    ],
)
def test_a_plan_is_not_trusted_after_a_write_of_another_writer(other: Writer, at: float, expected: bool) -> None:
    assert trusted(last_writes={other: at}) == expected
