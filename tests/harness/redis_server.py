"""A private Redis server on a free loopback port, from the program of the system."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.ports import answers, free_port
from tests.harness.programs import require_program

#: Seconds until the server answers.
PATIENCE = 30


@dataclass
class RedisServer:
    """A running server that keeps its queues over a restart (append-only file).

    Attributes:
        folder: of its data.
    """

    folder: Path
    program: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        durable = ["--appendonly", "yes", "--appendfsync", "everysec"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([self.program, *options, *durable], **quiet)  # noqa: S603
        deadline = time.monotonic() + PATIENCE
        while not answers(self.port):
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and drop its connections."""
        if self.process:
            self.process.terminate()
            self.process.wait()


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A server that is stopped at the end."""
    program = require_program(shutil.which("redis-server"), "Redis", "redis-server")
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(folder, program)
    try:
        server.start()
        yield server
    finally:
        server.stop()
