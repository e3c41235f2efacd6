"""A .env for docker-compose.yaml: .env.example with every empty secret filled in. An existing .env is never touched."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FERNET_KEY_BYTES = 32


def main(root: Path = ROOT) -> int:
    target = root / ".env"
    text = filled((root / ".env.example").read_text())
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(".env is already there and stays as it is. Changing its Fernet key would lock stored connections.")
        return 1
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    print(
        ".env made with fresh secrets. Next: your two connections, in it or later in the UI; then docker compose up -d"
    )
    return 0


def filled(example: str) -> str:
    """Lines `NAME=` get a secret; all others stay. Fernet wants 32 bytes in url-safe base64; the rest: hexadecimal."""
    return "".join(_filled_line(line) for line in example.splitlines(keepends=True))


def _filled_line(line: str) -> str:
    name, sign, value = line.strip().partition("=")
    if not sign or value or name.startswith("#"):
        return line
    if name.endswith("FERNET_KEY"):
        return f"{name}={base64.urlsafe_b64encode(secrets.token_bytes(FERNET_KEY_BYTES)).decode()}\n"
    return f"{name}={secrets.token_hex(24)}\n"


if __name__ == "__main__":
    sys.exit(main())
