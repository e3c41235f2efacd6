"""Rules for every tracked file: no path of one machine, limited length, style."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300
#: Assembled from pieces, so that this file does not name them.
MACHINE_PATHS = ["/" + "work/", "/" + "opt/", "/" + "tmp/w/", "/" + "root/", "/" + "home/(?!you/)"]
REGISTRIES = [
    "pypi" + r"\.org",
    "python" + "hosted",
    "npmjs" + r"\.",
    r"deb\." + "debian",
    "--extra-" + "index-url",
    "--index-" + "url",
]
BINARY = {".png", ".gif", ".jpg", ".ico", ".gz", ".parquet", ".woff2"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


FILES = tracked()
TEXTS = {path: path.read_text(errors="replace") for path in FILES if path.suffix not in BINARY}


def test_git_lists_the_files() -> None:
    assert ROOT / "Makefile" in FILES
    assert len(FILES) > 50


@pytest.mark.parametrize("trace", [*MACHINE_PATHS, *REGISTRIES])
def test_no_file_names_a_registry_host_or_a_path_of_one_machine(trace: str) -> None:
    found = [str(path.relative_to(ROOT)) for path, text in TEXTS.items() if re.search(trace, text)]
    assert found == []


def test_python_files_are_not_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): TEXTS[path].count("\n") for path in FILES if path.suffix == ".py"}
    assert {name: lines for name, lines in lengths.items() if lines >= LONGEST} == {}


def test_generated_files_are_not_tracked() -> None:
    generated = re.compile(r"(^|/)(\.venv|\.airflow|\.sandbox|__pycache__|\.env|node_modules|build|.*\.dist-info)(/|$)")
    assert [str(path) for path in FILES if generated.search(str(path.relative_to(ROOT)))] == []


@pytest.mark.parametrize("check", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_reports_nothing(check: tuple[str, ...]) -> None:
    """`make lint` for tracked files only, so that a developer's scratch file does not fail the tests."""
    ruff = Path(sys.executable).parent / "ruff"
    files = [str(path) for path in FILES if path.suffix == ".py"]
    ended = subprocess.run([ruff, *check, *files], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stdout
