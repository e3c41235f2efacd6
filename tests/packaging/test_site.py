"""The documentation site builds without warnings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.packaging.pages import DOCS, ROOT


def test_the_site_builds_without_warnings_and_contains_every_page(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--quiet", "-b", "html"]
    folders = ["-d", str(tmp_path / "doctrees"), str(DOCS), str(tmp_path / "site")]
    ended = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stderr
    pages = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md") if "template" not in page.name}
    assert {page for page in pages if not (tmp_path / "site" / page).exists()} == set()
