"""The one place where a call is repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from livestorm_salesforce.errors import OutcomeUnknown, TransientError

T = TypeVar("T")

ATTEMPTS = 5
LONGEST_WAIT = 60.0  # seconds; a longer Retry-After is not slept through in a worker's slot
_backoff = wait_random_exponential(multiplier=0.5, max=20)


def worth_repeating(error: BaseException) -> bool:
    """A passing failure of a call that changed nothing. A write whose outcome is unknown is never repeated."""
    return isinstance(error, TransientError) and not isinstance(error, OutcomeUnknown)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None)
    return _backoff(state) if asked is None else min(asked, LONGEST_WAIT)


def repeat(call: Callable[[], T], *, attempts: int = ATTEMPTS, sleep: Callable[[float], None] = time.sleep) -> T:
    """Call until it succeeds, fails for good, or has failed `attempts` times. Waits grow from half a second."""
    retrying = Retrying(
        retry=retry_if_exception(worth_repeating),
        stop=stop_after_attempt(attempts),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)
