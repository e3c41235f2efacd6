"""Installation on a new machine: error messages, and when the Makefile installs again."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import bootstrap

ROOT = Path(__file__).resolve().parents[2]
INSTALLED_FROM = ["requirements.txt", "pyproject.toml", "sandbox/pyproject.toml"]


def test_an_outdated_interpreter_is_reported_with_a_newer_one_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)
    problem = bootstrap.version_problem()
    assert "Python 3.11 or newer is needed" in problem
    assert "is 3.10.4" in problem
    assert "PYTHON=python3.12" in problem


def test_without_a_newer_interpreter_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "Install one, e.g. python3.11." in bootstrap.version_problem()


def test_the_interpreter_of_the_tests_is_accepted() -> None:
    assert bootstrap.version_problem() == ""


def test_old_interpreters_can_parse_the_script() -> None:
    """Otherwise they would show a SyntaxError instead of the message."""
    ast.parse((ROOT / "scripts" / "bootstrap.py").read_text(), feature_version=(3, 6))
    assert "from __future__ import annotations" not in (ROOT / "scripts" / "bootstrap.py").read_text()


def test_a_missing_ensurepip_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit) as ended:
        bootstrap.require_ensurepip()
    assert "apt-get install python3." in str(ended.value)


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        ["make", *words],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile with an installer that only prints that it was called."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "sandbox").mkdir()
    for name in INSTALLED_FROM:
        (tmp_path / name).write_text("")
    (tmp_path / "scripts" / "bootstrap.py").write_text(
        "import pathlib, sys\n"
        "venv, stamp = map(pathlib.Path, sys.argv[2:4])\n"
        "(venv / 'bin').mkdir(parents=True, exist_ok=True)\n"
        "python = venv / 'bin' / 'python'\n"
        "python.exists() or python.symlink_to(sys.executable)\n"
        "stamp.write_text('')\n"
        "print('installing')\n"
    )
    return tmp_path


@pytest.mark.parametrize("name", INSTALLED_FROM)
def test_a_second_call_installs_nothing_and_a_changed_requirement_installs_again(checkout: Path, name: str) -> None:
    assert "installing" in make(checkout, "test", "ARGS=--version").stdout
    assert "installing" not in make(checkout, "test", "ARGS=--version").stdout
    later = time.time() + 10
    os.utime(checkout / name, (later, later))
    assert "installing" in make(checkout, "test", "ARGS=--version").stdout


def test_a_missing_interpreter_is_reported_with_a_remedy(checkout: Path) -> None:
    ended = make(checkout, "test", "PYTHON=no-such-python")
    assert ended.returncode != 0
    assert "no-such-python was not found. Install Python 3.11 or newer" in ended.stderr
