"""Local files that are replaced as a whole: readers see the old content or the new one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from pathlib import Path

#: Infix of the names of temporary files; a killed task leaves one behind.
TEMPORARY = ".part-"


def replace_file(target: Path, parts: Iterable[bytes | memoryview], *, durable: bool = False) -> None:
    """Write a file that only its owner may read: most files contain personal data.

    Args:
        parts: the content; one part at a time is in memory.
        durable: return only after the data would survive a power failure.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}{TEMPORARY}{uuid.uuid4().hex}")
    with open(temporary, "wb", opener=_open_private) as file:
        file.writelines(parts)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(target)
    if durable:
        _sync(temporary.parent)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    """Flush a folder to disk; a renamed file is durable only after that."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
