"""Waiting for another process, without missing that it died."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from scripts.demo.errors import DemoError

T = TypeVar("T")


def until(
    look: Callable[[], T | None], check: Callable[[], None], seconds: float, complaint: str, every: float = 0.5
) -> T:
    """What `look` finds, as soon as it is neither None nor False.

    Raises:
        DemoError: nothing was found within `seconds`; and whatever `check` raises, which is called before each look.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check()
        if found := look():
            return found
        time.sleep(every)
    raise DemoError(f"{complaint} within {seconds:g} seconds.")
