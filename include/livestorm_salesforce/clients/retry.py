"""Repeating calls: which errors are retried, how often, and after which wait. No other module repeats a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_chain,
    wait_fixed,
    wait_random_exponential,
)

from livestorm_salesforce.clock import Clock
from livestorm_salesforce.errors import OutcomeUnknown, TransientError

T = TypeVar("T")

ATTEMPTS = 5
MAX_WAIT = 60.0  # seconds
_backoff = wait_random_exponential(multiplier=0.5, max=20)


def is_retryable(error: BaseException) -> bool:
    """True for a transient failure that may be over within a minute.

    A write whose outcome is unknown may have been carried out: it is not retried. A longer `Retry-After` would occupy
    the worker's slot: the task waits for it elsewhere (`orchestration.deferral`).
    """
    return isinstance(error, TransientError) and not isinstance(error, OutcomeUnknown) and not _is_long(error)


def retrying(
    *, clock: Clock, attempts: int = ATTEMPTS, retryable: Callable[[BaseException], bool] = is_retryable
) -> Retrying:
    """Tenacity's retry loop with the waits of this module; the last error is raised as it is."""
    return Retrying(
        retry=retry_if_exception(retryable),
        stop=stop_after_attempt(attempts),
        wait=_wait,
        sleep=clock.sleep,
        reraise=True,
    )


def retry(
    call: Callable[[], T],
    *,
    clock: Clock,
    attempts: int = ATTEMPTS,
    retryable: Callable[[BaseException], bool] = is_retryable,
) -> T:
    """Call until it succeeds, fails with an error that is not retryable, or has failed `attempts` times."""
    return retrying(clock=clock, attempts=attempts, retryable=retryable)(call)


def retry_while(call: Callable[[], bool], waits: Sequence[float], *, clock: Clock) -> None:
    """Call once, and again after each of the waits (seconds) while it returns True."""
    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_attempt(len(waits) + 1),
        wait=wait_chain(*map(wait_fixed, waits)),
        sleep=clock.sleep,
        retry_error_callback=lambda _: None,
    )(call)


def wait_before_retry(error: BaseException, attempt: int, *, clock: Clock) -> None:
    """Sleep before the next attempt of one item of a queue, whose attempts the queue counts.

    Args:
        attempt: attempts made so far, from 1.

    Raises:
        the error itself, after the last attempt.
    """
    if attempt >= ATTEMPTS:
        raise error
    clock.sleep(_seconds(error, 0.25 * 2**attempt))


def _is_long(error: TransientError) -> bool:
    return (error.retry_after or 0) > MAX_WAIT


def _wait(state: RetryCallState) -> float:
    return _seconds(state.outcome.exception() if state.outcome else None, _backoff(state))


def _seconds(error: BaseException | None, default: float) -> float:
    """`Retry-After` of the error, at most a minute, or else the default."""
    requested: float | None = getattr(error, "retry_after", None)
    return default if requested is None else min(requested, MAX_WAIT)
