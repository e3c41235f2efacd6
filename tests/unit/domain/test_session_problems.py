"""Problems of reading sessions, from literal frames."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.report import session_problems
from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import Problem

READING = Mapping().reading


def summary(problems: list[Problem]) -> list[tuple[str, int, str]]:
    return [(problem.code, problem.count, problem.severity) for problem in problems]


def test_failed_incomplete_and_deleted_sessions_are_counted_by_state() -> None:
    outcomes = pd.DataFrame({"state": ["full", "failed", "gone", "failed", "incomplete", "incremental"]})
    assert summary(session_problems.unread_sessions(outcomes)) == [
        ("SESSION_UNREAD", 2, Severity.PROBLEM),
        ("SESSION_INCOMPLETE", 1, Severity.NOTE),
        ("SESSION_GONE", 1, Severity.NOTE),
    ]


def test_webhooks_are_missed_if_calls_find_more_new_registrants_than_webhooks_deliver() -> None:
    outcomes = pd.DataFrame({"new_by_webhook": [1, 0], "new_by_calls": [1, 2]})
    counted = session_problems.new_registrants(outcomes)
    assert summary(session_problems.missed_webhooks(counted)) == [("WEBHOOKS_MISSED", 3, Severity.NOTE)]
    assert session_problems.missed_webhooks(session_problems.new_registrants(outcomes.head(1))) == []


def test_deferred_reads_are_a_note_that_states_the_list_interval_under_quota_pressure() -> None:
    assert session_problems.deferred_reads(0, 0, READING, webhooks=True) == []
    (deferred,) = session_problems.deferred_reads(3, 0, READING, webhooks=False)
    assert (deferred.code, deferred.count, "minutes" in deferred.public) == ("READS_DEFERRED", 3, False)
    (pressed,) = session_problems.deferred_reads(0, 10, READING, webhooks=False)
    assert "on-demand sessions listed every" in pressed.public


def test_a_session_with_an_undocumented_status_is_a_problem_with_its_id() -> None:
    sessions = pd.DataFrame({"session_id": ["s1", "s2"], "status": ["past", "paused"]})
    (problem,) = session_problems.undocumented_statuses(sessions)
    assert summary([problem]) == [("SESSION_STATUS_UNKNOWN", 1, Severity.PROBLEM)]
    assert problem.public.endswith("s2")
    assert session_problems.undocumented_statuses(sessions.head(1)) == []


def test_unknown_ids_of_the_trigger_form_are_not_reported_as_deleted_sessions_too() -> None:
    assert summary(session_problems.unknown_session_ids(["x"])) == [("UNKNOWN_SESSION_ID", 1, Severity.PROBLEM)]
    (deleted,) = session_problems.deleted_sessions(["x", "s1"], ["x"])
    assert (deleted.code, deleted.message, deleted.public) == ("SESSION_GONE", "s1", "")
    assert session_problems.deleted_sessions(["x"], ["x"]) == session_problems.unknown_session_ids([]) == []


def test_deferred_lookups_and_a_new_connection_pair_are_notes() -> None:
    assert summary(session_problems.deferred_lookups(2)) == [("SESSION_LOOKUP_DEFERRED", 2, Severity.NOTE)]
    assert summary(session_problems.new_connection_pair(2)) == [("NEW_CONNECTION_PAIR", 1, Severity.NOTE)]
    assert session_problems.deferred_lookups(0) == session_problems.new_connection_pair(0) == []
