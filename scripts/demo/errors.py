"""What ends a demo early."""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot go on; the text says why, what to do, and where the log is."""


class Stopped(Exception):
    """`make stop` was called from another shell."""
