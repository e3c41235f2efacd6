"""Sessions that the next run reads again, from literal frames."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report import pending_sessions

KNOWN = pd.DataFrame({
    "session_id": ["over", "next", "other"], "status": ["past", "upcoming", "upcoming"],
    "campaign_id": ["701A", "701A", "701B"],
})  # fmt: skip


def listed(**statuses: str) -> pd.DataFrame:
    return pd.DataFrame({"session_id": list(statuses), "status": list(statuses.values()), "reason": ""}, dtype="str")


def test_eligible_rows_that_are_neither_loaded_nor_in_quarantine_leave_their_session_unsettled() -> None:
    registrations = pd.DataFrame({"is_eligible": [True, True, True, False]})
    accounting = pd.DataFrame({
        "session_id": ["s1", "s2", "s3", "s4"], "person_id": ["p1", "p2", "p3", "p4"],
        "loaded": [True, False, False, False],
    })  # fmt: skip
    quarantine = pd.DataFrame({"session_id": ["s3"], "person_id": ["p3"]})
    assert pending_sessions.unsettled_sessions(registrations, accounting, quarantine) == {"s2"}


def test_a_canceled_session_is_given_up_and_its_ended_sibling_is_found() -> None:
    known = pending_sessions.current_statuses(KNOWN, listed(next="canceled"), [])
    assert known["now"].tolist() == ["past", "canceled", "upcoming"]
    assert pending_sessions.given_up_sessions(known) == ["next"]
    assert pending_sessions.ended_siblings(known, ["next"]) == ["over"]


def test_a_deleted_session_is_given_up_and_a_session_that_took_place_is_not() -> None:
    known = pending_sessions.current_statuses(KNOWN, listed(next="past"), ["other"])
    assert pending_sessions.given_up_sessions(known) == ["other"]
    assert pending_sessions.ended_siblings(known, ["other"]) == []


def test_only_ended_sessions_with_a_registrant_of_the_given_up_session_are_read_again() -> None:
    ended = pd.DataFrame({"session_id": ["s1", "s1", "s2"], "person_id": ["p1", "p2", "p3"]})
    given_up = pd.DataFrame({"person_id": ["p2", "p9"]})
    assert pending_sessions.sessions_with_no_shows(ended, given_up) == ["s1"]
