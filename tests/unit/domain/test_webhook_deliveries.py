"""The current version of a registrant, and whether the deliveries account for a session's count."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestorm_salesforce.domain.sessions import count_check, listing, webhook_deliveries

NOW = pd.Timestamp("2026-11-23T12:00:00Z")
BOUNDED = settings(max_examples=200, derandomize=True, deadline=None, database=None)


def person(number: int = 1, *, sent: int = 0, updated: int = 0, watched: int = 0, **detail: Any) -> dict[str, Any]:
    replay = {"watched_at": watched} if watched else None
    attributes = {"updated_at": updated, "registrant_detail": detail, "replay_view_detail": replay}
    return {"id": f"p{number}", "attributes": attributes, "meta": {"sent": sent}}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (person(updated=10, sent=99), person(updated=11, sent=1)),
        (person(updated=10, updated_at=20, sent=99), person(updated=10, updated_at=21, sent=1)),
        (person(updated=10, sent=99), person(updated=10, watched=30, sent=1)),
        (person(updated=10, attended=False, sent=99), person(updated=10, attended=True, sent=1)),
        (person(updated=10, has_viewed_replay=False, sent=99), person(updated=10, has_viewed_replay=True, sent=1)),
        (person(updated=10, sent=1), person(updated=10, sent=2)),
    ],
    ids=[
        "person changed",
        "registration changed",
        "replay",
        "attended, no time moved",
        "viewed, no time",
        "sent later",
    ],
)
def test_the_newer_version_counts(older: dict[str, Any], newer: dict[str, Any]) -> None:
    assert (
        webhook_deliveries.latest_versions([older, newer])
        == webhook_deliveries.latest_versions([newer, older])
        == [newer]
    )


VERSIONS = st.builds(
    person, st.integers(1, 3), sent=st.integers(0, 3), updated=st.integers(0, 3), attended=st.booleans()
)


@BOUNDED
@given(st.lists(VERSIONS, max_size=5))
def test_order_and_repetition_do_not_matter(deliveries: list[dict[str, Any]]) -> None:
    expected = webhook_deliveries.latest_versions(deliveries)
    assert {one["id"] for one in expected} == {one["id"] for one in deliveries}
    for order in list(permutations(deliveries))[:24]:
        again = sorted(webhook_deliveries.latest_versions([*order, *deliveries]), key=lambda one: one["id"])
        assert again == sorted(expected, key=lambda one: one["id"])


@BOUNDED
@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(0, 3))
def test_nothing_is_missing_only_if_as_many_are_at_hand_as_the_list_holds(
    roster: set[int], delivered: set[int], there: set[int], team: int
) -> None:
    session = {"registrants_count": float(len(there) - team), "roster_excess": float(team)}
    unaccounted = count_check.unaccounted(session, roster, delivered)
    assert unaccounted == len(there) - len(roster | delivered)
    if roster <= there and delivered <= there:
        assert (unaccounted == 0) == (there == roster | delivered)


def test_who_registered_after_the_list_is_not_counted_in_it() -> None:
    seconds = int(NOW.timestamp())
    assert webhook_deliveries.registered_before(person(created_at=seconds), NOW)
    assert not webhook_deliveries.registered_before(person(created_at=seconds + 1), NOW)


@pytest.mark.parametrize(
    ("full_at", "expected"), [(NOW, True), (NOW - pd.Timedelta(seconds=2), False), (pd.NaT, False), (None, False)]
)
def test_what_was_sent_before_everybody_was_read_says_nothing_new(full_at: Any, expected: bool) -> None:
    assert webhook_deliveries.is_outdated(person(sent=int(NOW.timestamp()) - 1), full_at) is expected


SECONDS = int(NOW.timestamp())
WATCHED = {"watched": SECONDS - 60}


@pytest.mark.parametrize(
    ("event", "changes", "settled", "expected"),
    [
        ("people.registered", {}, False, True),
        ("people.registered", {"created_at": SECONDS}, False, False),
        ("people.registered", {"updated_at": SECONDS + 1}, False, False),
        ("people.attended", {}, False, False),  # attendance need not move a change time
        ("people.not_attended", {}, False, False),
        ("people.attended", {}, True, True),
        ("people.watched_replay", {}, True, False),  # nor need a view
        ("people.watched_replay", WATCHED, False, True),
        ("people.watched_replay", {"watched": SECONDS + 60}, False, False),
    ],
)
def test_a_delivery_older_than_the_reading_is_superseded_even_with_a_new_signature(
    event: str, changes: dict[str, int], settled: bool, expected: bool
) -> None:
    resource = person(sent=SECONDS + 900, updated=SECONDS - 60, **changes)
    resource["meta"]["webhook"] = {"event": event}
    assert webhook_deliveries.is_outdated(resource, NOW, settled) is expected


def test_what_tells_no_moment_is_as_old_as_its_signature() -> None:
    resource = person(sent=SECONDS + 900)
    resource["meta"]["webhook"] = {"event": "people.registered"}
    assert not webhook_deliveries.is_outdated(resource, NOW)


@pytest.mark.parametrize(
    "odd", [{"id": "p"}, {"id": "p", "attributes": None, "meta": []}, person(created_at="noon", updated_at=True)]
)
def test_odd_shapes_do_not_stop_the_others(odd: dict[str, Any]) -> None:
    assert webhook_deliveries.latest_versions([odd]) == [odd]
    assert webhook_deliveries.registered_before(odd, NOW)
    assert webhook_deliveries.is_outdated(odd, NOW)


def known(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["session_id", "status", "campaign_id"])


CAMPAIGN = "701000000000001AAA"


@pytest.mark.parametrize(
    ("status", "campaign", "expected"),
    [
        ("on_demand", CAMPAIGN, True),
        ("on_demand", None, False),  # out of scope: its deliveries are not needed
        ("draft", None, True),  # may be published by now
        ("draft", CAMPAIGN, False),  # was taken back
        ("upcoming", CAMPAIGN, False),
        ("past", CAMPAIGN, False),
        ("gone", None, False),
    ],
)
def test_sessions_that_not_every_run_lists(status, campaign, expected):
    assert listing.not_in_every_list(known(("s1", status, campaign))).tolist() == [expected]


def test_all_on_demand_sessions_are_listed_if_that_costs_no_more_than_looking_up_the_delivered_ones():
    three = known(*((f"s{number}", "on_demand", CAMPAIGN) for number in range(3)))
    assert listing.prefer_listing(three, ["s1"], page_size=3)
    assert not listing.prefer_listing(three, ["s1"], page_size=2)
    assert listing.prefer_listing(three, ["s1", "s2"], page_size=2)
    assert not listing.prefer_listing(three, ["another"], page_size=50)
    assert not listing.prefer_listing(known(), ["s1"], page_size=50)
