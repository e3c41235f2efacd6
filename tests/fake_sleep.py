"""How tests sleep where the product would: hardly at all."""

from __future__ import annotations

import time


def a_hundredth(seconds: float) -> None:
    """A hundredth of a wait: a bulk job of the sandbox takes its time, and polls are up to half a minute apart."""
    time.sleep(min(seconds / 100, 0.1))
