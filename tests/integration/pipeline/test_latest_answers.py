"""Latest answers are stored in parts, of which a run reads and writes those of its registrants."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.state import latest_answers as stored_answers
from livestorm_salesforce.storage import Folder

TITLE = "form.job_title"
EVERYBODY = [f"person{number}@acme.example" for number in range(200)]


@pytest.fixture
def state(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def registered(keys: list[str | None], day: int, title: str | None = "Analyst") -> pd.DataFrame:
    moment = pd.Timestamp(2026, 11, day, tz="UTC")
    return pd.DataFrame({"email_key": pd.Series(keys, dtype="str"), "registered_at": moment, TITLE: title})


def days(state: Folder, keys: list[str]) -> list[int]:
    """The day of each address's newest registration with a title; 0 where none is known."""
    kept = stored_answers.load(state, pd.Series(keys), [TITLE]).set_index("key_hash")[latest_answers.at(TITLE)]
    return kept.reindex(latest_answers.key_hash(pd.Series(keys))).dt.day.fillna(0).astype(int).tolist()


def files(state: Folder) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in Path(str(state)).rglob("*.parquet")}


def test_the_newest_registration_per_address_is_stored_and_loaded(state: Folder) -> None:
    stored_answers.upsert(state, registered(EVERYBODY, 3), [TITLE])
    stored_answers.upsert(state, registered(EVERYBODY[:50], 5), [TITLE])
    stored_answers.upsert(state, registered(EVERYBODY[:20], 4), [TITLE])
    stored_answers.upsert(state, registered(EVERYBODY[:10], 6, title=None), [TITLE])
    assert days(state, EVERYBODY) == [5] * 50 + [3] * 150
    assert days(state, ["nobody@acme.example"]) == [0]
    assert len(stored_answers.load(state, pd.Series(EVERYBODY[:7]), [TITLE])) == 7


def test_a_run_writes_only_the_parts_of_its_registrants(state: Folder) -> None:
    stored_answers.upsert(state, registered(EVERYBODY, 3), [TITLE])
    before = files(state)
    assert len(before) == 16
    stored_answers.upsert(state, registered([None], 9), [TITLE])
    stored_answers.upsert(state, registered([], 9), [TITLE])
    assert files(state) == before
    stored_answers.upsert(state, registered(EVERYBODY[:1], 9), [TITLE])
    assert sum(data != before[name] for name, data in files(state).items()) == 1
