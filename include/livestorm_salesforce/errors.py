"""The error tree. The class says what to do next, never how it happened.

Messages name the thing, the number and the remedy. They hold no token, no address and no name, because Airflow
keeps exception texts in its logs and its database.
"""

from __future__ import annotations


class SyncError(Exception):
    """Root of everything this project raises on purpose.

    Attributes:
        remedy: what a person does next, one sentence.
    """

    remedy = "Read the message and the task log."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        self.remedy = remedy or type(self).remedy
        super().__init__(f"{message} Remedy: {self.remedy}")


class ConfigError(SyncError):
    """Mapping, connection or permission is wrong. Never retried: it cannot heal by waiting."""

    remedy = "Correct the configuration, then clear the failed task."


class ContractError(SyncError):
    """A service sent a shape we do not know. The raw answer is kept in the run folder when there is one."""

    remedy = "Compare the raw answer in the run folder with the service's reference and report it."


class TransientError(SyncError):
    """The service or the network failed for now. Airflow retries the task.

    Attributes:
        retry_after: seconds the service asked us to wait, or None.
    """

    remedy = "None if the retry succeeds; else look at the service's status page."

    def __init__(self, message: str, *, retry_after: float | None = None, remedy: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, remedy=remedy)


class OutcomeUnknown(TransientError):
    """A write was sent and its answer never came, so it may have been carried out.

    Never repeat the write: read the current state again and do what is still needed.
    """

    remedy = "The load reads Salesforce again and goes on by itself."


class QuotaExhausted(SyncError):
    """A call allowance is used up. The run stops cleanly and the next one goes on."""

    remedy = "Wait for the allowance to renew, or raise it; nothing is lost."


class SessionGone(SyncError):
    """Livestorm answers 404 for a session that was listed: it was deleted meanwhile."""

    remedy = "None: its Campaign is left as it is and the report says so."


class UnsafePlan(SyncError):
    """The plan passes a safety limit. A person must look."""

    remedy = "Read the plan, then approve it or raise the limit."


class StalePlan(SyncError):
    """Salesforce no longer holds what the plan was made from."""

    remedy = "Trigger a new run: it plans again from what Salesforce holds now."


class PartialLoad(SyncError):
    """All that could be done was done; some rows were refused or some sessions failed."""

    remedy = "Read the report: every refused row has its reason and what to do."
