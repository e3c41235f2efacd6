"""Runs commands of the tools and measures their peak memory."""

# ruff: noqa: S603 - the commands are those of this package

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 1_800
PEAK = Path(__file__).with_name("peak.py")


class ToolFailed(Exception):
    """A tool could not be installed or run; the message names the command and how it ended."""


@dataclass(frozen=True)
class CommandResult:
    """Output (both streams), exit code and peak memory (MiB) of a command."""

    text: str
    code: int
    peak: int


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
    timeout: float = TIMEOUT,
) -> CommandResult:
    """Run a command and wait for its end.

    Args:
        command: program and arguments.
        cwd: working directory.
        environment: additional environment variables.
        codes: exit codes of success.
        timeout: seconds.

    Raises:
        ToolFailed: the program was not found, had another exit code, or exceeded the timeout.
    """
    words = [str(word) for word in command]
    if not shutil.which(words[0]):
        raise ToolFailed(f"{words[0]} was not found")
    with tempfile.TemporaryDirectory() as folder:
        measured, out = Path(folder) / "measured", Path(folder) / "out"
        with out.open("wb") as file:
            process = subprocess.Popen([sys.executable, "-I", "-S", PEAK, measured, *words], cwd=cwd, stdout=file,
                                       env={**os.environ, **(environment or {})}, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            _wait(process, timeout, " ".join(words[:4]))
        code, peak = map(int, measured.read_text().split())
        ran = CommandResult(out.read_text("utf-8", "replace"), code, peak // 1024)
    if ran.code not in codes:
        raise ToolFailed(f"{Path(words[0]).name} {' '.join(words[1:4])} ended with {ran.code}: {ran.text[-800:]}")
    return ran


def _wait(process: subprocess.Popen[bytes], timeout: float, name: str) -> None:
    """Wait for the end; after the timeout kill the process group."""
    try:
        process.wait(timeout)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise ToolFailed(f"{name} took longer than {timeout:,.0f} s") from None
        raise
