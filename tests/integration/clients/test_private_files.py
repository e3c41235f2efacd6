"""Files of the clients are private, whatever the mode of their folder and of an older file."""

from __future__ import annotations

from pathlib import Path

from livestorm_salesforce.cli.container import write_passwords


def modes(folder: Path) -> dict[str, str]:
    return {path.suffix: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


def test_the_password_file_of_the_ui_is_private_also_if_it_existed(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "passwords.json"
    file.write_text("{}")
    file.chmod(0o644)
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "x")
    write_passwords(file)
    assert modes(tmp_path) == {".json": "0o600"}
