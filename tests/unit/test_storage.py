"""Folders: private files, atomic writes, temporary files."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.atomic_files import TEMPORARY
from livestorm_salesforce.storage import DamagedFile, Folder


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


@pytest.mark.parametrize("isin", [None, ("number", pd.Series([5, 700]))], ids=["whole", "some rows"])
def test_a_bit_that_the_disk_flips_is_detected(
    folder: Folder, tmp_path: Path, isin: tuple[str, pd.Series] | None
) -> None:
    """Each page has a checksum. The metadata after the pages have none: if they can be read, no value differs."""
    frame = pd.DataFrame({"value": [f"value {number}" for number in range(1_000)], "number": range(1_000)})
    folder.write("rows", frame)
    sound, file = folder.read("rows", isin=isin), tmp_path / "store" / "rows.parquet"
    content = file.read_bytes()
    end_of_pages = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    detected = 0
    for position in range(4, len(content), 37):
        file.write_bytes(content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :])
        try:
            read = folder.read("rows", isin=isin)
        except DamagedFile:
            detected += 1
        else:
            assert position >= end_of_pages or read.equals(sound)
    assert detected > 0.8 * end_of_pages / 37
