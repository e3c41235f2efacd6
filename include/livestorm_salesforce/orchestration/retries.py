"""Retry policy of the tasks: which errors Airflow retries, and after which delay."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from livestorm_salesforce import errors

NON_RETRYABLE = {
    errors.ConfigError: "a person must correct the configuration",
    errors.ContractError: "the service sent an unexpected format; waiting does not help",
    errors.QuotaExhausted: "the quota is used up; the next run continues",
    errors.UnsafePlan: "a person must look at the plan",
    errors.StalePlan: "a new run plans again",
    errors.PartialLoad: "the report says what to do",
}
#: All other exceptions are retried.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[RetryRule(exception=kind, action=RetryAction.FAIL, reason=reason) for kind, reason in NON_RETRYABLE.items()]
)
RETRY_DELAY = timedelta(seconds=30)
MAX_RETRY_DELAY = timedelta(minutes=15)
