"""Queries of the pages, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlalchemy import insert

from livestorm_salesforce.domain.report import quarantine as rules
from livestorm_salesforce.state import erasure_certificates, quarantine, session_queries, setup_checks
from livestorm_salesforce.state.erasure_certificates import Certificate
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.quarantine_queries import held_rows
from livestorm_salesforce.state.tables import Registration, SessionListing

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_held_rows_have_their_person_and_webinar_if_these_are_stored(state: PairState) -> None:
    rows = pd.DataFrame({
        "session_id": ["s1", "s2"], "person_id": ["p1", "p2"], "object": "Lead", "code": "X", "message": "m",
        "fields": "", "first_at": pd.Timestamp(NOW), "last_at": pd.Timestamp(NOW), "tries": 2, "person_hash": 1,
        "member_hash": 2, "mapping_hash": 3, "due": False, "dismissed": False, "dismiss_reason": "", "run_id": "r",
    })  # fmt: skip
    quarantine.save(state, rules.typed(rows))
    with state.transaction() as connection:
        own = {"pair_id": "pair", "session_id": "s1"}
        registration = {"person_id": "p1", "email_hmac": "h1", "record_id": "00Q1", "in_list": True}
        connection.execute(insert(Registration).values(own | registration))
        listing = {"status": "past", "in_scope": True, "note": "", "title": "Tour", "starts_at": NOW}
        connection.execute(insert(SessionListing).values(own | listing | {"listed_at": NOW, "run_id": "r"}))
        other = {"pair_id": "other", "session_id": "s2", "person_id": "p2", "email_hmac": "h2", "in_list": True}
        connection.execute(insert(Registration).values(other))
    first, second = held_rows(state)
    assert (first.email_hmac, first.record_id, first.title, first.starts_at) == ("h1", "00Q1", "Tour", NOW)
    assert (second.person_id, second.email_hmac, second.title, second.tries) == ("p2", None, None, 2)
    assert held_rows(PairState(state.database, "other", lambda: "")) == []


def test_the_last_setup_check_replaces_the_one_before(state: PairState) -> None:
    assert setup_checks.load(state.database) is None
    for subject in ("old", "new"):
        setup_checks.save(state.database, NOW, [{"subject": subject, "state": "ok"}])
    assert setup_checks.load(state.database) == (NOW, [{"subject": "new", "state": "ok"}])


def test_certificates_are_listed_newest_first(state: PairState) -> None:
    rows = [Certificate(f"run-{day}", NOW.replace(day=day), day == 2, "", "", {"rows": day}) for day in (1, 2)]
    for row in rows:
        erasure_certificates.save(state.database, row)
    assert erasure_certificates.all_certificates(state.database) == rows[::-1]


def test_the_next_webinars_are_those_that_livestorm_calls_upcoming(state: PairState) -> None:
    """A session that ended before its planned time is none of them; one that starts late still is."""
    starts = {
        "ended early": ("past", 1), "live": ("live", -1), "next": ("upcoming", 2), "late": ("upcoming", -1),
        "list not read": ("upcoming", -50), "canceled": ("canceled", 3), "draft": ("draft", 4), "older": ("past", -9),
    }  # fmt: skip
    with state.transaction() as connection:
        for name, (status, hours) in starts.items():
            own = {"pair_id": "pair", "session_id": name, "status": status, "starts_at": NOW + timedelta(hours=hours)}
            rest = {"in_scope": True, "note": "", "title": "Tour", "listed_at": NOW, "run_id": "r"}
            connection.execute(insert(SessionListing).values(own | rest))
        undated = {"pair_id": "pair", "session_id": "on demand", "status": "on_demand", "starts_at": None}
        connection.execute(insert(SessionListing).values(undated | rest))
    assert [one.session_id for one in session_queries.upcoming(state, NOW, 5)] == ["late", "next"]
    assert [one.session_id for one in session_queries.latest(state, 5)] == ["ended early", "live", "older"]
