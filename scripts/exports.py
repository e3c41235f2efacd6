"""Files of `KEY='value'` lines, as the sandbox writes them and a shell can source them."""

from __future__ import annotations

import shlex
from pathlib import Path


def read_exports(file: Path) -> dict[str, str]:
    """Variables of a file of `KEY='value'` lines that a shell could source."""
    lines = shlex.split(file.read_text(), comments=True)
    return dict(line.split("=", 1) for line in lines if "=" in line)
