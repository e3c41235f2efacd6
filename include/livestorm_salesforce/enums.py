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


class RowOutcome(StrEnum):
    """What became of one planned change in a load, or of one row of an undo.

    Attributes:
        DONE: Salesforce wrote the row.
        REFUSED: Salesforce rejected the row, with a code and a message.
        RECORD_MISSING: the matched record was deleted, merged or converted; the next run matches again.
        SUPERSEDED: nothing was sent: a newer reading replaces the planned change.
        PARTIAL: the row was written, and a newer reading wants further values; the next run plans them.
        NOT_LOADED: nothing was sent: the load of the row's Campaign or person did not finish.
    """

    DONE = "done"
    REFUSED = "refused"
    RECORD_MISSING = "record_missing"
    SUPERSEDED = "superseded"
    PARTIAL = "partial"
    NOT_LOADED = "not_loaded"
