"""A private PostgreSQL server on a free loopback port, from the programs of the system."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.harness.ports import answers, free_port
from tests.harness.programs import require_program

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_numbers = count()


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        folder: of its data. port: on the loopback interface. owner: system user of its processes.
    """

    folder: Path
    port: int
    owner: str

    def create_database(self, name: str = "") -> str:
        """URL of a new, empty database. A test that failed may have left the server stopped: then it is started."""
        if not answers(self.port):
            self.start()
        name = name or f"state_{os.getpid()}_{next(_numbers)}"
        self._call("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._call("pg_ctl", "-D", str(self.folder), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, *, check: bool = True) -> None:
        """Stop the server at once and drop its connections."""
        self._call("pg_ctl", "-D", str(self.folder), "-m", "immediate", "stop", check=check)

    def _call(self, program: str, *arguments: str, check: bool = True) -> None:
        subprocess.run(  # noqa: S603
            [program_path(program), *arguments],
            check=check,
            stdout=subprocess.DEVNULL,
            user=self.owner if os.getuid() == 0 else None,
            cwd="/",
        )


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A server that is stopped at the end. PostgreSQL does not run as root: then its owner is another user."""
    require_program(program_path("initdb"), "PostgreSQL", "postgresql")
    server = Server(folder / "data", free_port(), _owner())
    _let_enter(folder, server.owner)
    server._call("initdb", "-D", str(server.folder), "-U", "postgres", "-A", "trust", "-N")
    server.start()
    try:
        yield server
    finally:
        server.stop(check=False)  # a test that failed may have left it stopped


def is_installed() -> bool:
    """Whether the programs of PostgreSQL are installed."""
    return bool(program_path("initdb"))


def program_path(name: str) -> str:
    """The path of a program of PostgreSQL; empty if it is not installed."""
    path = os.pathsep.join([*map(str, FOLDERS), os.environ.get("PATH", "")])
    return shutil.which(name, path=path) or ""


def _owner() -> str:
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _let_enter(folder: Path, owner: str) -> None:
    """Give another user the folder, and passage through its parents."""
    if os.getuid() != 0:
        return
    shutil.chown(folder, owner)
    for parent in folder.parents:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
