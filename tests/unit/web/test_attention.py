"""Rows in quarantine by person and cause, and when they are tried again, from literal rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from livestorm_salesforce.state.quarantine_queries import HeldRow
from livestorm_salesforce.web.attention import held_groups, next_attempt, open_problems, parse_groups

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
ROW = HeldRow(
    "s1", "p1", "Lead", "STRING_TOO_LONG", "message", NOW - DAY, NOW, 1, due=False, dismissed=False,
    dismiss_reason="", run_id="r", email_hmac="ada", record_id=None, title="Tour", starts_at=NOW,
)  # fmt: skip


def groups(*rows: HeldRow) -> list[Any]:
    return held_groups(rows, lambda row: row.email_hmac or row.person_id, DAY, NOW)


def test_a_person_with_one_cause_is_one_row_over_several_webinars() -> None:
    (found,) = groups(ROW, ROW._replace(session_id="s2", person_id="p2", tries=3, first_at=NOW))
    assert (len(found.webinars), found.people, found.tries, found.since) == (2, 2, 3, NOW - DAY)
    assert parse_groups([found.ids, ""]) == ["s1 p1", "s2 p2"]


def test_causes_people_and_dismissed_rows_are_apart() -> None:
    others = ({"code": "UNKNOWN"}, {"email_hmac": "bob"}, {"dismissed": True}, {"email_hmac": None})
    assert len(groups(ROW, *(ROW._replace(**change) for change in others))) == 5


def test_a_refused_campaign_holds_back_everybody_of_its_webinar() -> None:
    (found,) = groups(*(ROW._replace(object="Campaign", person_id=one, email_hmac=one) for one in ("p1", "p2")))
    assert found.is_campaign and found.people == 2 and found.ids == "s1"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, NOW + DAY),
        ({"due": True}, None),
        ({"code": "UNABLE_TO_LOCK_ROW"}, None),
        ({"code": "UNABLE_TO_LOCK_ROW", "tries": 3}, NOW + DAY),
        ({"last_at": NOW - 2 * DAY}, None),
    ],
)
def test_the_next_attempt_follows_the_retry_policy(change: dict[str, Any], expected: datetime | None) -> None:
    assert next_attempt([ROW._replace(**change)], DAY, NOW) == expected


def test_refused_rows_and_notes_are_no_items_of_their_own() -> None:
    kinds = [("A", "refused"), ("B", "note"), ("C", "problem"), ("D", "failed"), ("WEBHOOKS_MISSED", "note")]
    report = {"problems": [{"code": code, "severity": severity} for code, severity in kinds]}
    assert [one["code"] for one in open_problems(report)] == ["C", "D", "WEBHOOKS_MISSED"]
