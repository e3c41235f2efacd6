"""The commands that people and CI use exist and are the same ones."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
COMMAND = re.compile(r"(?:`|^|\$ |&& )make ([a-z][a-z-]*)", re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/benchmarks.md"])
def test_every_make_command_of_a_page_is_a_target(page: str) -> None:
    if (ROOT / page).exists():
        assert set(COMMAND.findall((ROOT / page).read_text())) <= TARGETS


def test_all_targets_are_commands_and_not_files() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_every_target_has_a_line_in_the_help() -> None:
    assert set(re.findall(r"^([a-z-]+):.* ## \S", MAKEFILE, re.MULTILINE)) == TARGETS


def test_ci_calls_the_make_targets_without_input_and_stops_at_the_first_failure() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text().splitlines()
    assert script.stat().st_mode & stat.S_IXUSR
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert "exec </dev/null" in lines
    assert [line for line in lines if line.startswith("make ")] == ["make check", "make conformance", "make test"]


def test_installations_take_the_versions_of_the_lock_file() -> None:
    bootstrap = (ROOT / "scripts" / "bootstrap.py").read_text()
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "PIP_CONSTRAINT=/source/constraints.txt" in dockerfile
    assert "requirements.txt > constraints.txt" in dockerfile
    assert bootstrap.count('"-r", REQUIREMENTS') == 2
