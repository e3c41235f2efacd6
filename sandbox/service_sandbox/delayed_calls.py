"""Calls that a service carries out after their client was left without an answer (the fault `cut_late`)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Pending:
    """One such call: due after `seconds`, or as soon as somebody asks for it."""

    seconds: float
    loop: asyncio.AbstractEventLoop
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Late:
    """What is still to be carried out. Safe for several threads."""

    def __init__(self) -> None:
        self._pending: list[Pending] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()

    def put_off(self, seconds: float, carry_out: Callable[[], Awaitable[None]]) -> None:
        """Have a call carried out after so many real seconds; to be called in the service's event loop."""
        one = Pending(seconds, asyncio.get_running_loop())
        with self._lock:
            self._pending.append(one)
        task = asyncio.create_task(self._wait(one, carry_out))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(self, one: Pending, carry_out: Callable[[], Awaitable[None]]) -> None:
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(one.asked.wait(), one.seconds)
            await carry_out()
        finally:
            with self._lock:
                self._pending.remove(one)
            one.done.set()

    def pass_by(self, seconds: float, patience: float = 30) -> None:
        """Let so many seconds go by at once: what is due within them is carried out when this returns.

        Raises:
            TimeoutError: a call was not carried out within `patience` real seconds.
        """
        with self._lock:
            due = [one for one in self._pending if one.seconds <= seconds]
        for one in due:
            one.loop.call_soon_threadsafe(one.asked.set)
            if not one.done.wait(patience):
                raise TimeoutError(f"a call that was put off by {one.seconds:g} s did not end within {patience:g} s")
