"""Attempts of a task as Airflow makes them, and processes that are killed during an attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from livestorm_salesforce import errors

ATTEMPTS = 3
NON_RETRYABLE = (
    errors.ConfigError,
    errors.ContractError,
    errors.QuotaExhausted,
    errors.UnsafePlan,
    errors.StalePlan,
)


class Killed(BaseException):
    """The process was killed during a call. The product must not catch it."""


@dataclass
class Process:
    """State of the process of the current attempt.

    Attributes:
        is_killed: set when the process is killed.
        is_last: no further attempt follows.
    """

    is_killed: bool = False
    is_last: bool = False

    def check(self) -> None:
        """Raise `Killed` if the process was killed; called where it would have an effect."""
        if self.is_killed:
            raise Killed


process = Process()


@contextmanager
def one_attempt() -> Iterator[None]:
    """A process for one attempt. Raises `Killed` at the end if it was killed, even after another error."""
    process.is_killed = process.is_last = False
    try:
        yield
    finally:
        if process.is_killed:
            process.is_killed = False
            raise Killed


def run_attempts(do: Callable[[int], Any]) -> str:
    """Run a task with its attempts; returns `success` or `failed`. Only errors of the product are expected.

    Args:
        do: called with the number of the attempt.
    """
    for number in range(1, ATTEMPTS + 1):
        try:
            with one_attempt():
                do(number)
        except NON_RETRYABLE:
            return "failed"
        except (errors.SyncError, Killed):
            if process.is_last:
                return "failed"
            continue
        return "success"
    return "failed"
