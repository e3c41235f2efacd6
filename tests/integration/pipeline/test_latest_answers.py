"""What is kept of who spoke last: in parts, of which a run touches those of its people; in one file before."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.state import latest_answers as kept_answers
from livestorm_salesforce.storage import Folder

TITLE = "form.job_title"
EVERYBODY = [f"person{number}@acme.example" for number in range(200)]


@pytest.fixture
def state(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def registered(keys: list[str | None], day: int, title: str | None = "Analyst") -> pd.DataFrame:
    moment = pd.Timestamp(2026, 11, day, tz="UTC")
    return pd.DataFrame({"key": pd.Series(keys, dtype="str"), "registered_at": moment, TITLE: title})


def days(state: Folder, keys: list[str]) -> list[int]:
    """The day of each address's newest registration with a title; 0 where none is known."""
    kept = kept_answers.recall(state, pd.Series(keys), [TITLE]).set_index("key_hash")[latest_answers.at(TITLE)]
    return kept.reindex(latest_answers.key_hash(pd.Series(keys))).dt.day.fillna(0).astype(int).tolist()


def files(state: Folder) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in Path(str(state)).rglob("*.parquet")}


def test_the_newest_registration_of_each_is_kept_and_those_asked_for_are_told(state: Folder) -> None:
    kept_answers.enter(state, registered(EVERYBODY, 3), [TITLE])
    kept_answers.enter(state, registered(EVERYBODY[:50], 5), [TITLE])
    kept_answers.enter(state, registered(EVERYBODY[:20], 4), [TITLE])
    kept_answers.enter(state, registered(EVERYBODY[:10], 6, title=None), [TITLE])
    assert days(state, EVERYBODY) == [5] * 50 + [3] * 150
    assert days(state, ["nobody@acme.example"]) == [0]
    assert len(kept_answers.recall(state, pd.Series(EVERYBODY[:7]), [TITLE])) == 7


def test_a_run_writes_the_parts_of_its_people_and_an_empty_one_none(state: Folder) -> None:
    kept_answers.enter(state, registered(EVERYBODY, 3), [TITLE])
    before = files(state)
    assert len(before) == 16
    kept_answers.enter(state, registered([None], 9), [TITLE])
    kept_answers.enter(state, registered([], 9), [TITLE])
    assert files(state) == before
    kept_answers.enter(state, registered(EVERYBODY[:1], 9), [TITLE])
    assert sum(data != before[name] for name, data in files(state).items()) == 1


def test_what_an_earlier_version_kept_in_one_file_goes_into_parts(state: Folder) -> None:
    old = latest_answers.entered(latest_answers.typed(None, [TITLE]), registered(EVERYBODY, 3), [TITLE])
    state.write("newest", old)
    assert days(state, EVERYBODY) == [3] * 200
    kept_answers.enter(state, registered(EVERYBODY[:5], 4), [TITLE])
    assert days(state, EVERYBODY) == [4] * 5 + [3] * 195
    assert not state.has("newest.parquet") and len(files(state)) == 16


def test_a_task_killed_while_it_cuts_the_one_file_loses_nobody(state: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    state.write(
        "newest", latest_answers.entered(latest_answers.typed(None, [TITLE]), registered(EVERYBODY, 3), [TITLE])
    )
    write, written = Folder.write, []

    def dies(folder: Folder, name: str, frame: pd.DataFrame) -> None:
        if len(written) == 7:
            raise KeyboardInterrupt
        written.append(name)
        write(folder, name, frame)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Folder, "write", dies)
        kept_answers.enter(state, registered(EVERYBODY, 4), [TITLE])
    assert set(days(state, EVERYBODY)) == {3, 4}
    kept_answers.enter(state, registered(EVERYBODY, 4), [TITLE])
    assert days(state, EVERYBODY) == [4] * 200
