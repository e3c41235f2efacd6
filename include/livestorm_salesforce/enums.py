"""Closed vocabularies that several packages use."""

from __future__ import annotations

from enum import StrEnum


class Detection(StrEnum):
    """How it is known that a value was written: column `how` of the audit log."""

    RESPONSE = "response"
    """Salesforce confirmed the write."""
    DETECTED = "detected"
    """No response arrived, and a later read found the value."""


class Severity(StrEnum):
    """Severity of a problem in the report."""

    NOTE = "note"
    PROBLEM = "problem"
    REFUSED = "refused"
    FAILED = "failed"


class Verdict(StrEnum):
    """Result of a run."""

    OK = "ok"
    PROBLEMS = "problems"
    FAILED = "failed"
