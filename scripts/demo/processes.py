"""Processes of the demo: each in its own process group, with a log file, recorded in a state file.

`make stop` and the next `make demo` read the state file. The creation time distinguishes a recorded process from
another one that has since received its id.
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
    """One process: its id, creation time (epoch seconds) and log file."""

    name: str
    pid: int
    created: float
    log: str

    def process(self) -> psutil.Process | None:
        """Return the process; None if it has ended or its id belongs to another process."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


class Processes:
    """Starts, watches and stops processes. The file `state` lists those that were started and not yet stopped."""

    def __init__(self, state: Path, root: Path) -> None:
        self.state = state
        self.stopping = state.with_suffix(".stopping")
        self.root = root
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start a process in the background."""
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
        self._save([*self.started(), Started(name, child.pid, psutil.Process(child.pid).create_time(), str(log))])

    def complete(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Run a command and wait for its end.

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
        """Return the processes that were started and not stopped, also after an interrupted stop."""
        for file in (self.state, self.stopping):
            if file.exists():
                return [Started(**entry) for entry in json.loads(file.read_text())]
        return []

    def check(self) -> None:
        """Raise unless all processes are running.

        Raises:
            Stopped: another shell has stopped them.
            DemoError: one has ended by itself; the message contains the end of its log.
        """
        for child in self.children.values():
            child.poll()  # reaps a child that has ended
        ended = [entry for entry in self.started() if entry.process() is None]
        if not self.state.exists():  # a stop moves the file away before it ends the first process
            raise Stopped
        if ended:
            raise DemoError(f"{ended[0].name} has ended by itself.\n{log_end(Path(ended[0].log))}")

    def stop(self) -> int:
        """Stop all processes and their descendants, with SIGTERM first, and return how many were running."""
        running = [process for entry in self.started() if (process := entry.process())]
        members = [member for process in running for member in [process, *_descendants(process)]]
        with suppress(FileNotFoundError):
            self.state.replace(self.stopping)
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        self._wait(members)
        for process in running:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in members:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._wait(members)
        self.stopping.unlink(missing_ok=True)
        return len(running)

    def _wait(self, processes: list[psutil.Process]) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while any(_is_running(process) for process in processes) and time.monotonic() < deadline:
            for child in self.children.values():
                child.poll()
            time.sleep(0.1)

    def _save(self, entries: list[Started]) -> None:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.state.with_suffix(".part")
        temporary.write_text(json.dumps([asdict(entry) for entry in entries], indent=1))
        temporary.replace(self.state)


def log_end(log: Path, lines: int = 15) -> str:
    """Return the path and the last lines of a log."""
    text = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join([f"  The end of its log, {log}:", *(f"    {line}" for line in text[-lines:])])


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
