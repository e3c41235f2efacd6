"""Which version of a person counts, and whether those told of explain a session's count."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.livestorm_salesforce.core import told

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
    assert told.newest([older, newer]) == told.newest([newer, older]) == [newer]


VERSIONS = st.builds(
    person, st.integers(1, 3), sent=st.integers(0, 3), updated=st.integers(0, 3), attended=st.booleans()
)


@BOUNDED
@given(st.lists(VERSIONS, max_size=5))
def test_order_and_repetition_do_not_matter(deliveries: list[dict[str, Any]]) -> None:
    expected = told.newest(deliveries)
    assert {one["id"] for one in expected} == {one["id"] for one in deliveries}
    for order in list(permutations(deliveries))[:24]:
        again = sorted(told.newest([*order, *deliveries]), key=lambda one: one["id"])
        assert again == sorted(expected, key=lambda one: one["id"])


@BOUNDED
@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(0, 3))
def test_nothing_is_missing_only_if_as_many_are_at_hand_as_the_list_holds(
    roster: set[int], told_of: set[int], there: set[int], team: int
) -> None:
    session = {"registrants_count": float(len(there) - team), "surplus": float(team)}
    missing = told.missing(session, roster, told_of)
    assert missing == len(there) - len(roster | told_of)
    if roster <= there and told_of <= there:
        assert (missing == 0) == (there == roster | told_of)


def test_who_registered_after_the_list_is_not_counted_in_it() -> None:
    seconds = int(NOW.timestamp())
    assert told.in_list(person(created_at=seconds), NOW)
    assert not told.in_list(person(created_at=seconds + 1), NOW)


@pytest.mark.parametrize(
    ("full_at", "expected"), [(NOW, True), (NOW - pd.Timedelta(seconds=2), False), (pd.NaT, False), (None, False)]
)
def test_what_was_sent_before_everybody_was_read_says_nothing_new(full_at: Any, expected: bool) -> None:
    assert told.superseded(person(sent=int(NOW.timestamp()) - 1), full_at) is expected


@pytest.mark.parametrize(
    "odd", [{"id": "p"}, {"id": "p", "attributes": None, "meta": []}, person(created_at="noon", updated_at=True)]
)
def test_odd_shapes_do_not_stop_the_others(odd: dict[str, Any]) -> None:
    assert told.newest([odd]) == [odd]
    assert told.in_list(odd, NOW)
    assert told.superseded(odd, NOW)
