"""Waits for a single key, without Enter."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable

STOP_KEYS = {b"q", b"Q", b"\r", b"\n", b"\x03", b"\x04", b""}


def wait_for_key(check: Callable[[], None], every: float = 1.0, descriptor: int | None = None) -> None:
    """Wait for q, Enter, Ctrl-C, Ctrl-D or a closed terminal; `check` is called every second and may raise."""
    terminal = sys.stdin.fileno() if descriptor is None else descriptor
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        attributes = termios.tcgetattr(terminal)
        attributes[3] &= ~termios.ISIG  # Ctrl-C as a key: as a signal it would also reach make, which reports an error
        termios.tcsetattr(terminal, termios.TCSANOW, attributes)
        while True:
            check()
            ready, _, _ = select.select([terminal], [], [], every)
            if ready and os.read(terminal, 1) in STOP_KEYS:
                return
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
