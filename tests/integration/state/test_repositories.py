"""Each repository returns what it was given, on both databases."""

from __future__ import annotations

import json
import uuid

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.plan.plan_trust import Writer
from livestorm_salesforce.domain.registrants import latest_answers as rules
from livestorm_salesforce.domain.report import quarantine as quarantine_rules
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.state import (
    audit_log,
    latest_answers,
    quarantine,
    registrations,
    session_listings,
    sync_state,
    webhook_queue,
    write_intents,
)
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.pair_state import PairState

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
HASH = st.integers(0, 2**64 - 1)
PERSON = st.sampled_from(["p1", "p2", "p3", "p4"])


def rows_of(people: list[str], hashes: list[int | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": people,
            "email_key": [f"{person}@acme.example" for person in people],
            "registered_at": NOW,
            "person_hash": pd.Series(hashes, dtype="object"),
            "member_hash": pd.Series(hashes, dtype="object"),
            "record_id": None,
            "campaign_id": None,
            "attended": False,
            "watched": False,
            "bucket": "created",
            "reason": None,
        }
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_registrations_follow_full_and_partial_reads(state: PairState, data: st.DataObject) -> None:
    """A full read replaces a session; a partial one keeps the others; hashes of 64 bits survive."""
    session = uuid.uuid4().hex
    expected: dict[str, int] = {}
    known: set[str] = set()
    for number in range(data.draw(st.integers(1, 4))):
        people = data.draw(st.lists(PERSON, unique=True, max_size=4))
        hashes = [data.draw(st.none() | HASH) for _ in people]
        partial = data.draw(st.booleans())
        found = {person: value for person, value in zip(people, hashes, strict=True) if value is not None}
        kept = {person: value for person, value in expected.items() if partial and person not in people}
        expected = kept | found
        known = known | set(people) if partial else set(people)
        registrations.save(state, session, rows_of(people, hashes), known, (f"run-{number}", NOW), partial=partial)
        stored = registrations.load_row_hashes(state, [session, "another"])
        assert dict(zip(stored["person_id"], stored["person_hash"], strict=True)) == expected
        assert registrations.known_registrants(state, session) == known
    assert registrations.known_registrants(state, "another") is None


def test_the_record_of_a_registration_is_kept_until_another_is_known(state: PairState) -> None:
    first = rows_of(["p1"], [1]).assign(record_id="00Q1")
    registrations.save(state, "s", first, {"p1"}, ("run-1", NOW), partial=False)
    registrations.save(state, "s", rows_of(["p1"], [2]), {"p1"}, ("run-2", NOW), partial=False)
    with state.reading() as connection:
        (row,) = connection.execute(registrations.TABLE.select()).mappings()
    assert (row["record_id"], row["person_hash"], row["run_id"]) == ("00Q1", 2, "run-2")
    assert "acme" not in str(dict(row)), "the address is stored as HMAC"


def test_a_session_without_registrants_was_read(state: PairState) -> None:
    registrations.save(state, "s", rows_of([], []), set(), ("run-1", NOW), partial=False)
    assert registrations.known_registrants(state, "s") == set()


def test_the_sync_state_is_returned_as_it_was_saved(state: PairState) -> None:
    known = scope.typed_known(
        pd.DataFrame(
            {
                "session_id": ["s1", "s2"],
                "status": ["past", "upcoming"],
                "campaign_id": ["701000000000001AAA", None],
                "registrants_count": [3.0, None],
                "updated_at": [NOW.as_unit("ms"), pd.NaT],
                "read_at": NOW.as_unit("ms"),
                "retry": [True, False],
            }
        )
    )
    events = transform_events([]).reindex([0]).assign(event_id="e1", title="Tour é", form="[]", tags="[]")
    saved = SyncState(NOW, dict.fromkeys(LISTS, NOW), NOW, 9000, 12, known, events)
    assert sync_state.load(state) is None
    sync_state.save(state, saved)
    sync_state.save(state, saved)
    loaded = sync_state.load(state)
    assert loaded is not None
    pd.testing.assert_frame_equal(loaded.known.sort_values("session_id", ignore_index=True), known)
    assert loaded.events["title"].tolist() == ["Tour é"]
    assert (loaded.last_success, loaded.listings, loaded.remaining) == (NOW, dict.fromkeys(LISTS, NOW), 9000)


def test_latest_answers_keep_the_newest_time_per_attribute(state: PairState) -> None:
    def answer(day: int, **values: str | None) -> pd.DataFrame:
        at = pd.Timestamp(2026, 11, day, tz="UTC").as_unit("ms")
        return pd.DataFrame(
            {"email_key": ["ada@acme.example"], "registered_at": [at], **{k: [v] for k, v in values.items()}}
        )

    latest_answers.upsert(state, answer(5, title="Dr", phone=None), ["title", "phone"])
    latest_answers.upsert(state, answer(3, title="Mr", phone="1"), ["title", "phone"])
    found = latest_answers.load(state, pd.Series(["ada@acme.example", "bob@acme.example"]), ["title", "phone"])
    assert found[rules.at("title")].dt.day.tolist() == [5]
    assert found[rules.at("phone")].dt.day.tolist() == [3]


def test_the_quarantine_is_returned_as_it_was_saved(state: PairState) -> None:
    rows = quarantine_rules.typed(
        pd.DataFrame(
            {
                "session_id": ["s"],
                "person_id": ["p"],
                "object": ["Lead"],
                "code": ["C"],
                "message": ["no\0t wanted"],
                "first_at": [NOW],
                "last_at": [NOW],
                "tries": [2],
                "person_hash": [2**64 - 1],
                "member_hash": [0],
                "mapping_hash": [7],
                "due": [False],
                "dismissed": [False],
            }
        )
    )
    quarantine.save(state, rows)
    expected = rows.assign(message="not wanted")
    pd.testing.assert_frame_equal(quarantine.load(state), expected)
    quarantine.save(state, rows.iloc[:0])
    assert quarantine.load(state).empty


def test_the_audit_log_is_read_by_run_and_record_in_order(state: PairState) -> None:
    entry = dict.fromkeys(entries.COLUMNS, "x")
    for run_id, record, after in (("r1", "00Q1", "a"), ("r2", "00Q1", "b"), ("r2", "00Q2", "c")):
        rows = pd.DataFrame([entry | {"record_id": record, "after": after}])
        audit_log.append(state, Attempt(run_id, "load", 1), rows, NOW)
    assert audit_log.read(state)["after"].tolist() == ["a", "b", "c"]
    assert audit_log.read(state, "r2")["after"].tolist() == ["b", "c"]
    assert audit_log.read(state, record_ids=[f"x{number}" for number in range(5000)] + ["00Q1"])["after"].tolist() == [
        "a",
        "b",
    ]
    assert audit_log.prune(state.database, NOW + pd.Timedelta(days=1)) == 3


def test_a_repeated_delivery_is_stored_once(state: PairState) -> None:
    person = {"id": "p", "attributes": {"first_name": json.loads('"Ada\\ud83d"')}}
    for now in (0.0, 90_000.0):
        webhook_queue.enqueue(state, b"body", "s", person, now)
    ((digest, stored),) = webhook_queue.read_deliveries(state)["s"].items()
    assert stored["attributes"]["first_name"] == "Ada"
    webhook_queue.remove(state, [digest])
    assert webhook_queue.read_deliveries(state) == {}


def test_intents_and_last_writes(state: PairState) -> None:
    intent = {
        "dag_id": "d",
        "run_id": "r",
        "task": "t",
        "kind": "load",
        "recorded_at": 1.0,
        "details": {"changes": [1]},
    }
    write_intents.record(state, intent)
    write_intents.record(state, intent)
    assert write_intents.load(state) == [intent]
    write_intents.remove(state, "d", "r", "t")
    assert write_intents.load(state) == []
    for number in range(write_intents.KEPT_WRITERS + 5):
        write_intents.note_write(state, Writer("r", "t", number), float(number))
    kept = write_intents.last_writes(state)
    assert len(kept) == write_intents.KEPT_WRITERS
    assert min(kept.values()) == 5.0


@pytest.mark.parametrize("other", ["pair", "other"])
def test_pairs_do_not_see_each_other(state: PairState, other: str) -> None:
    registrations.save(state, "s", rows_of(["p1"], [1]), {"p1"}, ("r", NOW), partial=False)
    seen = registrations.known_registrants(PairState(state.database, other, state.key), "s")
    assert seen == ({"p1"} if other == "pair" else None)


def listing(session_id: str, status: str) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(session_listings.WRITTEN)
    return row | {"session_id": session_id, "status": status, "in_scope": True, "note": "", "starts_at": NOW}


def test_a_listing_replaces_the_sessions_that_it_names(state: PairState) -> None:
    first, second = (pd.DataFrame([listing(name, status) for name, status in rows]) for rows in (
        [("a", "upcoming"), ("b", "upcoming")], [("a", "past")],
    ))  # fmt: skip
    session_listings.save(state, first, NOW, "run-1")
    session_listings.save(state, second, NOW, "run-2")
    with state.reading() as connection:
        stored = connection.execute(select(session_listings.TABLE).order_by("session_id")).mappings().all()
    assert [(row["session_id"], row["status"], row["run_id"]) for row in stored] == [
        ("a", "past", "run-2"),
        ("b", "upcoming", "run-1"),
    ]


def test_a_registration_keeps_the_time_of_its_first_load(state: PairState) -> None:
    later = NOW + pd.Timedelta("1h")
    registrations.save(state, "s", rows_of(["p1"], [None]), {"p1"}, ("run-1", NOW), partial=False)
    assert loaded_at(state) is None
    for at in (later, later + pd.Timedelta("1h")):
        registrations.save(state, "s", rows_of(["p1"], [7]), {"p1"}, ("run-2", at), partial=False)
        assert loaded_at(state) == later


def loaded_at(state: PairState) -> pd.Timestamp | None:
    with state.reading() as connection:
        return connection.scalar(select(registrations.TABLE.c.loaded_at))
