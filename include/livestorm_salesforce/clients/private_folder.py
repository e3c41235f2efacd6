"""The folder for files that all processes of this user share on this host: rate limit and access token."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def open_private(path: str, flags: int) -> int:
    """An opener for files that only their owner may read, whatever the mode of the folder; old files become private."""
    handle = os.open(path, flags, 0o600)
    os.fchmod(handle, 0o600)
    return handle


def private_folder() -> Path:
    """This user's folder in the temporary folder, with mode 0700; a new one if that is no folder of this user."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"livestorm-salesforce-{user}"
    with suppress(FileExistsError):  # a file or a broken link with this name
        folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or not folder.is_dir() or (hasattr(os, "getuid") and folder.stat().st_uid != user):
        return Path(tempfile.mkdtemp(prefix="livestorm-salesforce-"))
    folder.chmod(0o700)
    return folder
