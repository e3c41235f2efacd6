"""Commands of other people's programs, with the peak of their memory."""

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
    """A peer could not be installed or run; the message says which command and how it ended."""


@dataclass(frozen=True)
class Ran:
    """What a command printed (both streams), its exit code, and its peak memory in MiB."""

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
) -> Ran:
    """Run a command to its end.

    Args:
        codes: exit codes that are no failure.

    Raises:
        ToolFailed: it is not there, ended otherwise, or took longer than `timeout` seconds.
    """
    words = [str(word) for word in command]
    if not shutil.which(words[0]):
        raise ToolFailed(f"{words[0]} is not there")
    with tempfile.TemporaryDirectory() as folder:
        told, out = Path(folder) / "told", Path(folder) / "out"
        with out.open("wb") as file:
            process = subprocess.Popen([sys.executable, "-I", "-S", PEAK, told, *words], cwd=cwd, stdout=file,
                                       env={**os.environ, **(environment or {})}, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            _wait(process, timeout, " ".join(words[:4]))
        code, peak = map(int, told.read_text().split())
        ran = Ran(out.read_text("utf-8", "replace"), code, peak // 1024)
    if ran.code not in codes:
        raise ToolFailed(f"{Path(words[0]).name} {' '.join(words[1:4])} ended with {ran.code}: {ran.text[-800:]}")
    return ran


def _wait(process: subprocess.Popen[bytes], timeout: float, name: str) -> None:
    """Wait, and leave nothing behind: what takes too long is ended with all that it started."""
    try:
        process.wait(timeout)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise ToolFailed(f"{name} took longer than {timeout:,.0f} s") from None
        raise
