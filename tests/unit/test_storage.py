"""Folders: private files, atomic writes, temporary files."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.atomic_files import TEMPORARY
from livestorm_salesforce.storage import Folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = Folder(tmp_path / "store")
    root.make_private()
    return root


def test_folder_and_files_are_readable_by_their_owner_only(folder: Folder, tmp_path: Path) -> None:
    folder.write_json("state", {"runs": 1})
    folder.write("rows", pd.DataFrame({"email": ["ada@acme.example"]}))
    assert mode(tmp_path / "store") == 0o700
    assert {mode(path) for path in (tmp_path / "store").iterdir()} == {0o600}


def test_a_write_replaces_the_file_and_leaves_no_temporary_file(folder: Folder) -> None:
    folder.write_json("state", 1)
    folder.write_json("state", 2)
    assert folder.read_json("state") == 2
    assert [name for name in folder.names() if TEMPORARY in name] == []


def test_a_failed_write_keeps_the_old_file(folder: Folder) -> None:
    folder.write_json("state", 1)
    with pytest.raises(TypeError):
        folder.write_json("state", object())
    assert folder.read_json("state") == 1


def test_columns_that_a_frame_lacks_are_ignored(folder: Folder) -> None:
    folder.write("rows", pd.DataFrame({"a": [1], "b": [2]}))
    assert list(folder.read("rows", ["b", "missing"]).columns) == ["b"]


def test_a_missing_document_has_a_default(folder: Folder) -> None:
    assert folder.read_json("state", {}) == {}
    folder.drop("state.json")


def test_rows_are_read_by_the_values_of_a_column(folder: Folder) -> None:
    folder.write("rows", pd.DataFrame({"change_id": range(120_000), "field": "Email"}))  # several row groups
    read = folder.read("rows", isin=("change_id", pd.Series([5, 99_999, 200_000])))
    assert read["change_id"].tolist() == [5, 99_999]
    assert folder.read("rows", ["field"], isin=("change_id", pd.Series([7]))).to_dict("list") == {"field": ["Email"]}
    assert list(folder.read("rows", isin=("change_id", pd.Series([], dtype="int64")))) == ["change_id", "field"]
