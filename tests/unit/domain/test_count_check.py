"""Registrants at hand are compared with the count of their session."""

from __future__ import annotations

import pandas as pd
import pytest

from livestorm_salesforce.domain.sessions import count_check

NOW = pd.Timestamp("2026-11-23T10:00:00Z")
SESSION = {"registrants_count": 3.0, "roster_excess": 1.0, "read_at": NOW}


def read(*ids: str, after_listing: tuple[str, ...] = ()) -> pd.DataFrame:
    late = NOW + pd.Timedelta(seconds=1)
    times = {**dict.fromkeys(ids, NOW), **dict.fromkeys(after_listing, late)}
    return pd.DataFrame({"person_id": list(times), "registered_at": list(times.values())})


@pytest.mark.parametrize(
    ("known", "registrants", "expected"),
    [
        ({"a", "b", "c"}, read("d"), True),  # three registrants and one team member beyond the count
        ({"a", "b", "c"}, read("c"), False),
        ({"a", "b", "c", "d"}, read("e"), False),
        ({"a", "b", "c"}, read("d", after_listing=("e",)), True),  # the count was listed before "e" registered
    ],
)
def test_known_and_read_registrants_account_for_the_count(
    known: set[str], registrants: pd.DataFrame, expected: bool
) -> None:
    assert count_check.accounts_for(SESSION, known, registrants, NOW) is expected


@pytest.mark.parametrize(
    ("known", "change", "expected"),
    [
        ({"a"}, {}, True),
        (None, {}, False),
        ({"a"}, {"roster_excess": None}, False),
        ({"a"}, {"read_at": pd.NaT}, False),
    ],
)
def test_only_a_session_that_was_read_in_full_can_be_checked(
    known: set[str] | None, change: dict[str, object], expected: bool
) -> None:
    assert count_check.can_be_checked(SESSION | change, known) is expected


def test_a_full_read_stores_how_many_registrants_are_beyond_the_count() -> None:
    assert count_check.roster_excess(SESSION, read("a", "b", "c", "d", after_listing=("e",)), NOW) == 1.0


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"a"}, {"new_by_webhook": 1, "new_by_calls": 1}),
        (None, {"new_by_webhook": 0, "new_by_calls": 0}),  # a first read has no new registrants
    ],
)
def test_new_registrants_are_counted_by_source(known: set[str] | None, expected: dict[str, int]) -> None:
    assert count_check.new_registrants(read("a", "b", "c"), known, ["b", "a"]) == expected
