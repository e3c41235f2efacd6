"""Files of the clients are private, whatever the mode of their folder and of an older file."""

from __future__ import annotations

import os
from pathlib import Path

from livestorm_salesforce.cli.container import write_passwords
from livestorm_salesforce.clients.livestorm.rate_limit import SharedRateLimiter


def modes(folder: Path) -> dict[str, str]:
    return {path.suffix: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


def test_the_files_of_the_rate_limit_are_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    mask = os.umask(0)
    try:
        SharedRateLimiter("key", directory=tmp_path).acquire()
        (file,) = tmp_path.glob("*.rate")
        file.chmod(0o644)
        SharedRateLimiter("key", directory=tmp_path).acquire()
    finally:
        os.umask(mask)
    assert modes(tmp_path) == {".rate": "0o600", ".lock": "0o600"}


def test_the_password_file_of_the_ui_is_private_also_if_it_existed(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "passwords.json"
    file.write_text("{}")
    file.chmod(0o644)
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "x")
    write_passwords(file)
    assert modes(tmp_path) == {".json": "0o600"}
