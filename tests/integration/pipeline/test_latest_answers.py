"""Latest answers are stored per person and attribute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.state import latest_answers as stored_answers
from livestorm_salesforce.state.database_url import of_file
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.pair_state import PairState

TITLE = "form.job_title"
EVERYBODY = [f"person{number}@acme.example" for number in range(200)]


@pytest.fixture
def state(tmp_path: Path) -> PairState:
    return PairState(open_database(of_file(tmp_path / "state.db")), "pair", lambda: "key")


def registered(keys: list[str | None], day: int, title: str | None = "Analyst") -> pd.DataFrame:
    moment = pd.Timestamp(2026, 11, day, tz="UTC")
    return pd.DataFrame({"email_key": pd.Series(keys, dtype="str"), "registered_at": moment, TITLE: title})


def days(state: PairState, keys: list[str]) -> list[int]:
    """The day of each address's newest registration with a title; 0 where none is known."""
    kept = stored_answers.load(state, pd.Series(keys), [TITLE]).set_index("key_hash")[latest_answers.at(TITLE)]
    return kept.reindex(latest_answers.key_hash(pd.Series(keys))).dt.day.fillna(0).astype(int).tolist()


def test_the_newest_registration_per_address_is_stored_and_loaded(state: PairState) -> None:
    stored_answers.upsert(state, registered(EVERYBODY, 3), [TITLE])
    stored_answers.upsert(state, registered(EVERYBODY[:50], 5), [TITLE])
    stored_answers.upsert(state, registered(EVERYBODY[:20], 4), [TITLE])
    stored_answers.upsert(state, registered(EVERYBODY[:10], 6, title=None), [TITLE])
    assert days(state, EVERYBODY) == [5] * 50 + [3] * 150
    assert days(state, ["nobody@acme.example"]) == [0]
    assert len(stored_answers.load(state, pd.Series(EVERYBODY[:7]), [TITLE])) == 7


def test_registrations_without_an_address_are_not_stored(state: PairState) -> None:
    stored_answers.upsert(state, registered([None], 9), [TITLE])
    stored_answers.upsert(state, registered([], 9), [TITLE])
    with state.reading() as connection:
        assert connection.execute(stored_answers.TABLE.select()).all() == []


def test_a_time_in_the_future_does_not_win_for_ever() -> None:
    now = pd.Timestamp("2026-11-23T10:00", tz="UTC")
    times = pd.to_datetime(["2026-11-23T10:05Z", "9999-12-31T23:59Z", None], utc=True).as_unit("ms")
    found = latest_answers.without_future_times(pd.DataFrame({"registered_at": times}), now)["registered_at"]
    assert found.isna().tolist() == [False, True, True]
