"""Files of the clients are private, whatever the mode of their folder and of an older file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from livestorm_salesforce.cli.container import write_passwords
from livestorm_salesforce.clients.private_folder import private_folder


def modes(folder: Path) -> dict[str, str]:
    return {path.suffix: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


def test_the_password_file_of_the_ui_is_private_also_if_it_existed(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "passwords.json"
    file.write_text("{}")
    file.chmod(0o644)
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "x")
    write_passwords(file)
    assert modes(tmp_path) == {".json": "0o600"}


@pytest.mark.parametrize("taken", ["file", "link"])
def test_a_name_in_the_temporary_folder_that_is_no_folder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Any local user may create it (field C6)."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    name = tmp_path / f"livestorm-salesforce-{os.getuid()}"
    if taken == "file":
        name.write_text("")
    else:
        name.symlink_to(tmp_path / "nowhere")
    folder = private_folder()
    assert folder != name and folder.is_dir() and folder.stat().st_mode & 0o777 == 0o700
