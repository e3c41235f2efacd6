"""Waits for a condition while watching the processes that it depends on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from scripts.demo.errors import DemoError

T = TypeVar("T")


def until(
    probe: Callable[[], T | None], check: Callable[[], None], seconds: float, message: str, every: float = 0.5
) -> T:
    """Call `check` and `probe` repeatedly and return the first result of `probe` that is neither None nor False.

    Raises:
        DemoError: no result within `seconds`. Exceptions of `check` are passed on.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check()
        if found := probe():
            return found
        time.sleep(every)
    raise DemoError(f"{message} within {seconds:g} seconds.")
