"""The demo's processes: each in a process group of its own, logged to a file, remembered on disk.

`make stop` and the next `make demo` find them by that file. A process id that now belongs to somebody else is told by
its time of birth, and left alone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from scripts.demo.errors import DemoError, Stopped

GRACE_SECONDS = 15


@dataclass(frozen=True)
class Started:
    """One process: its id, when it was born (seconds since 1970), and its log."""

    name: str
    pid: int
    born: float
    log: str

    def process(self) -> psutil.Process | None:
        """The process while it lives; None when it has ended or its id has another owner."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


class Processes:
    """Starts, watches and stops; the file at `state` lists what was started and not yet stopped."""

    def __init__(self, state: Path, root: Path) -> None:
        self.state = state
        self.leaving = state.with_suffix(".stopping")
        self.root = root
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            child = subprocess.Popen(  # noqa: S603
                command,
                cwd=self.root,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.children[name] = child
        self._remember([*self.started(), Started(name, child.pid, psutil.Process(child.pid).create_time(), str(log))])

    def complete(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Run a command to its end.

        Raises:
            DemoError: it failed; the message shows the end of its log.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            ended = subprocess.run(  # noqa: S603
                command,
                cwd=self.root,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if ended.returncode:
            raise DemoError(f"`{Path(command[0]).name} {' '.join(command[1:])}` failed.\n{log_end(log)}")

    def started(self) -> list[Started]:
        """What was started and not stopped, a stop that was itself broken off included."""
        for file in (self.state, self.leaving):
            if file.exists():
                return [Started(**entry) for entry in json.loads(file.read_text())]
        return []

    def check(self) -> None:
        """All of ours are alive.

        Raises:
            Stopped: another shell has stopped them.
            DemoError: one has ended by itself; the message shows the end of its log.
        """
        for child in self.children.values():
            child.poll()  # a dead child stays a zombie until somebody asks
        dead = [entry for entry in self.started() if entry.process() is None]
        if not self.state.exists():  # a stop moves the file away before it ends the first process
            raise Stopped
        if dead:
            raise DemoError(f"{dead[0].name} has ended by itself.\n{log_end(Path(dead[0].log))}")

    def stop(self) -> int:
        """Ends everything that was started, politely first. Returns how many were alive."""
        alive = [process for entry in self.started() if (process := entry.process())]
        families = [member for process in alive for member in [process, *_descendants(process)]]
        with suppress(FileNotFoundError):
            self.state.replace(self.leaving)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        self._wait(families)
        for process in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in families:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._wait(families)
        self.leaving.unlink(missing_ok=True)
        return len(alive)

    def _wait(self, processes: list[psutil.Process]) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while any(_lives(process) for process in processes) and time.monotonic() < deadline:
            for child in self.children.values():
                child.poll()
            time.sleep(0.1)

    def _remember(self, entries: list[Started]) -> None:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        part = self.state.with_suffix(".part")
        part.write_text(json.dumps([asdict(entry) for entry in entries], indent=1))
        part.replace(self.state)


def log_end(log: Path, lines: int = 15) -> str:
    """The last lines of a log, and where the rest is."""
    text = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join([f"  The end of its log, {log}:", *(f"    {line}" for line in text[-lines:])])


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
