"""The components of a cluster as processes that are restarted when they end, as a container engine does."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.demo.processes import Processes

#: Seconds between two looks at the processes.
INTERVAL = 1.0


@dataclass(frozen=True)
class Component:
    """How a component is started."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


class Components(Processes):
    """Starts, kills and stops components. One that has ended by itself is started again and counted.

    Attributes:
        restarts: names of the components that ended by themselves, in order.
    """

    def __init__(self, state: Path, root: Path) -> None:
        super().__init__(state, root)
        self.known: dict[str, Component] = {}
        self.restarts: list[str] = []
        self._killed: set[str] = set()
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def launch(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start a component that is kept running from now on."""
        with self._lock:
            self.known[name] = Component(command, environment, log)
            self.start(name, command, environment, log)
            if not self._watcher.is_alive():
                self._watcher.start()

    def kill(self, name: str) -> None:
        """End a component and all its processes at once, as the loss of its machine does. It stays down."""
        with self._lock:
            self._killed.add(name)
            self._forget(name)
            os.killpg(self.children[name].pid, signal.SIGKILL)
            self.children.pop(name).wait()

    def restart(self, name: str) -> None:
        """Start a killed component again."""
        with self._lock:
            self._killed.discard(name)
            one = self.known[name]
            self.start(name, one.command, one.environment, one.log)

    def owner(self, pid: int) -> str:
        """The name of the component that a process belongs to; empty if none."""
        groups = {child.pid: name for name, child in self.children.items()}
        try:
            process = psutil.Process(pid)
            return next((groups[one.pid] for one in [process, *process.parents()] if one.pid in groups), "")
        except psutil.NoSuchProcess:
            return ""

    def check(self) -> None:
        """Components that have ended are the watcher's business."""

    def stop(self) -> int:
        """Stop all components."""
        self._ended.set()
        with self._lock:
            return super().stop()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            with self._lock:
                for name, child in list(self.children.items()):
                    if not self._ended.is_set() and name in self.known and child.poll() is not None:
                        self.restarts.append(name)
                        self._forget(name)
                        self.restart(name)

    def _forget(self, name: str) -> None:
        self._save([entry for entry in self.started() if entry.name != name])
