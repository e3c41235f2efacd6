"""The first thing that runs on a new machine: what it says when it cannot go on, and when it works at all."""

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


def test_an_interpreter_that_is_too_old_is_named_with_a_better_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/python3.12" if name == "python3.12" else None)
    problem = bootstrap.version_problem()
    assert "Python 3.11 or newer is needed" in problem
    assert "is 3.10.4" in problem
    assert "PYTHON=python3.12" in problem


def test_without_a_better_one_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "Install one, e.g. python3.11." in bootstrap.version_problem()


def test_this_interpreter_is_new_enough() -> None:
    assert bootstrap.version_problem() == ""


def test_old_interpreters_can_at_least_read_it() -> None:
    """A SyntaxError would come before the sentence that helps."""
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
    """The Makefile with an installer that only notes that it was called."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "scripts").mkdir()
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


def test_a_second_call_installs_nothing_and_changed_pins_install_again(checkout: Path) -> None:
    assert "installing" in make(checkout, "test", "ARGS=--version").stdout
    assert "installing" not in make(checkout, "test", "ARGS=--version").stdout
    later = time.time() + 10
    os.utime(checkout / "requirements.txt", (later, later))
    assert "installing" in make(checkout, "test", "ARGS=--version").stdout


def test_an_interpreter_that_does_not_exist_is_told_in_a_sentence(checkout: Path) -> None:
    ended = make(checkout, "test", "PYTHON=python-of-nowhere")
    assert ended.returncode != 0
    assert "python-of-nowhere is not here. Install Python 3.11 or newer" in ended.stderr
