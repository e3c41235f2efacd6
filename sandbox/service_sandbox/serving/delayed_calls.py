"""Calls that a service executes after the client's connection was closed (the fault `cut_late`)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class DelayedCall:
    """One call, due after `seconds` of real time or when `DelayedCalls.run_due` requests it."""

    seconds: float
    loop: asyncio.AbstractEventLoop
    requested: asyncio.Event = field(default_factory=asyncio.Event)
    done: threading.Event = field(default_factory=threading.Event)


class DelayedCalls:
    """The calls that are not yet executed. Thread-safe."""

    def __init__(self) -> None:
        self._pending: list[DelayedCall] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()

    def schedule(self, seconds: float, execute: Callable[[], Awaitable[None]]) -> None:
        """Executes a call after so many seconds of real time. To be called in the service's event loop."""
        call = DelayedCall(seconds, asyncio.get_running_loop())
        with self._lock:
            self._pending.append(call)
        task = asyncio.create_task(self._wait(call, execute))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(self, call: DelayedCall, execute: Callable[[], Awaitable[None]]) -> None:
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(call.requested.wait(), call.seconds)
            await execute()
        finally:
            with self._lock:
                self._pending.remove(call)
            call.done.set()

    def run_due(self, seconds: float, timeout: float = 30) -> None:
        """Executes all calls that are due within so many seconds, without waiting for them to pass.

        Raises:
            TimeoutError: a call did not end within `timeout` seconds of real time.
        """
        with self._lock:
            due = [call for call in self._pending if call.seconds <= seconds]
        for call in due:
            call.loop.call_soon_threadsafe(call.requested.set)
            if not call.done.wait(timeout):
                raise TimeoutError(f"a call delayed by {call.seconds:g} s did not end within {timeout:g} s")
