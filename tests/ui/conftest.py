"""Fixtures of the page tests."""

from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def browser() -> str:
    """Path of a Chromium; without one these tests are skipped, but never in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine; CI has one")
    assert found, "CI needs Chromium: install Debian's package chromium"
    return found
