"""What a run leaves for the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.sync_state import (
    SyncState,
    next_sync_state,
    without_future_times,
)
from livestorm_salesforce.domain.sessions.transform import transform_events

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
BEFORE = NOW - pd.Timedelta(hours=1)
CAMPAIGN = "701000000000001AAA"
CREATED = "2026-11-01T00:00:00.000+0000"


def session(**values: object) -> dict[str, object]:
    """A session that was read before, has a Campaign, and is read incrementally because its count grew."""
    return {
        "session_id": "s1", "status": "upcoming", "campaign_id": CAMPAIGN, "campaign_created": CREATED,
        "registrants_count": 4.0, "attendees_count": None, "updated_at": NOW,
        "known_registrants_count": 3.0, "known_attendees_count": None, "known_updated_at": BEFORE,
        "read_at": BEFORE, "full_at": BEFORE, "verified_at": BEFORE, "roster_excess": 0.0, "retry": False,
        "scope": True, "creates": True, "reason": "", "read": True, "deferred": False, "backfill": False,
        "read_mode": "incremental",
    } | values  # fmt: skip


def document(**values: Any) -> dict[str, Any]:
    return {"now": NOW.isoformat(), "lists": [], "gone": [], "unknown": [], "window_began": BEFORE.isoformat(),
            "remaining": 9_000, "refreshed": 12} | values  # fmt: skip


def state(*known: dict[str, object]) -> SyncState:
    listings = dict.fromkeys(("long", "on_demand", "events"), BEFORE)
    rows = scope.typed_known(pd.DataFrame(list(known))) if known else scope.empty_known()
    return SyncState(BEFORE, listings, BEFORE, 9_100, 10, rows, transform_events([]))


def after(
    *sessions: dict[str, object],
    read: str | None = None,
    old: SyncState | None = None,
    campaign: str | None = CAMPAIGN,
    unsettled: tuple[str, ...] = (),
    verified: tuple[str, ...] = (),
    **said: Any,
) -> SyncState:
    frame = pd.DataFrame(list(sessions) or [session()]).astype({"campaign_id": "str", "campaign_created": "str"})
    ids = frame["session_id"].tolist()
    links = pd.DataFrame({"session_id": ids, "campaign_id": campaign, "campaign_created": CREATED})
    outcomes = pd.DataFrame({"session_id": ids, "state": read, "roster_excess": 2.0})
    outcomes = outcomes[outcomes["state"].notna()]
    events = transform_events([])
    return next_sync_state(old, frame, events, links, outcomes, unsettled, document(**said), verified, [])


def row(new: SyncState) -> dict[str, Any]:
    return dict(new.known.iloc[0])


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("full", (NOW, NOW, 4.0, 2.0)),
        ("incremental", (NOW, BEFORE, 4.0, 0.0)),
        ("webhook_partial", (BEFORE, BEFORE, 3.0, 0.0)),
        ("failed", (BEFORE, BEFORE, 3.0, 0.0)),
    ],
)
def test_times_and_counts_are_those_of_the_last_read(read: str, expected: tuple[object, ...]) -> None:
    known = row(after(session(), read=read))
    assert tuple(known[name] for name in ("read_at", "full_at", "registrants_count", "roster_excess")) == expected


@pytest.mark.parametrize(
    ("change", "read", "expected"),
    [
        ({}, "incremental", False),
        ({"read_mode": "full"}, "failed", True),
        ({}, "failed", False),  # the count still differs in the next run
        ({"registrants_count": 3.0}, "failed", True),
        ({"read_mode": "full"}, "webhook_partial", False),
        ({"read": False, "deferred": True, "read_mode": "full"}, None, False),
        ({"retry": True}, "incremental", False),
        ({"retry": True, "read": False}, None, True),
        ({"retry": True, "read": False, "status": "canceled"}, None, False),
        ({"retry": True, "read": False, "scope": False}, None, False),
    ],
)
def test_a_session_that_could_not_be_read_is_read_again(
    change: dict[str, object], read: str | None, expected: bool
) -> None:
    assert bool(row(after(session(**change), read=read))["retry"]) is expected


def test_a_session_with_rows_that_were_not_loaded_is_read_again() -> None:
    assert row(after(read="full", unsettled=("s1",)))["retry"]


def test_a_moved_session_is_read_again_and_compared_with_salesforce() -> None:
    known = row(after(read="incremental", campaign="701000000000002AAA"))
    assert known["retry"] and pd.isna(known["verified_at"])
    assert known["campaign_id"] == "701000000000002AAA"


def test_only_a_full_read_is_verified() -> None:
    assert row(after(read="full", verified=("s1",)))["verified_at"] == NOW
    assert row(after(read="incremental", verified=("s1",)))["verified_at"] == BEFORE


def test_a_past_session_without_a_campaign_keeps_waiting_for_it() -> None:
    past = session(status="past", campaign_id=None, campaign_created=None)
    assert row(after(past, read="full", campaign=None))["status"] == scope.WAITING


def test_sessions_that_were_not_listed_keep_their_row() -> None:
    new = after(read="full", old=state({"session_id": "s0", "status": "past", "read_at": BEFORE}))
    assert new.known["session_id"].tolist() == ["s0", "s1"]
    assert new.known["read_at"].tolist() == [BEFORE, NOW]


def test_deleted_sessions_are_removed_and_never_listed_ones_marked() -> None:
    old = state({"session_id": "s0", "status": "past"})
    new = after(read="full", old=old, gone=["s0", "s9", "typo"], unknown=["typo"])
    assert dict(zip(new.known["session_id"], new.known["status"], strict=True)) == {"s1": "upcoming", "s9": scope.GONE}


def test_lists_that_were_read_get_the_time_of_the_run() -> None:
    assert after(old=state(), lists=["events"]).listings == {"long": BEFORE, "on_demand": BEFORE, "events": NOW}
    assert set(after().listings.values()) == {NOW}  # the first run reads everything


AHEAD = NOW + pd.Timedelta(days=365)


def test_times_of_a_wrong_clock_are_not_trusted() -> None:
    listings = dict.fromkeys(("long", "on_demand", "events"), AHEAD)
    wrong = replace(
        state(session(read_at=AHEAD, full_at=AHEAD, verified_at=AHEAD)),
        last_success=AHEAD, listings=listings, window_began=AHEAD,
    )  # fmt: skip
    found = without_future_times(wrong, NOW)
    assert found is not None
    assert found.last_success == NOW - pd.Timedelta(days=30) and found.window_began is None
    assert set(found.listings.values()) == {NOW - pd.Timedelta(days=30)}
    known = found.known.iloc[0]
    assert known[["read_at", "full_at", "verified_at"]].isna().all() and known["campaign_id"] == CAMPAIGN


def test_times_of_clocks_that_differ_by_minutes_are_kept() -> None:
    given = state(session(read_at=NOW + pd.Timedelta(minutes=5)))
    found = without_future_times(given, NOW)
    assert found is not None and found.last_success == given.last_success and found.listings == given.listings
    pd.testing.assert_frame_equal(found.known, given.known)
    assert without_future_times(None, NOW) is None
