"""Exceptions that end the demo early."""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot continue; the message states the cause, the remedy and the log file."""


class Stopped(Exception):
    """`make stop` was called from another shell."""
