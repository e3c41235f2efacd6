"""Servers that tests start from programs of the system."""

from __future__ import annotations

import os

import pytest

#: Set by `.ci/run`: a missing program fails there, and skips the test elsewhere.
REQUIRED = "REQUIRE_SERVERS"


def require_program(path: str | None, name: str, package: str) -> str:
    """The path of a program; skips the test, or fails it in CI, if the program is not installed."""
    if path:
        return path
    if os.environ.get(REQUIRED):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed (Debian: {package})")
