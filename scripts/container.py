"""Small deeds of the containers: what `airflow-init` does, and the health checks (a slim image has no curl)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

SECONDS = 5


def main(arguments: list[str]) -> int:
    """`init`, or `answers URL`."""
    verb, *rest = arguments
    return init() if verb == "init" else answers(rest[0])


def init() -> int:
    """Airflow's tables, brought to this version, and the UI's password file. Safe to repeat."""
    ended = subprocess.run(["airflow", "db", "migrate"], check=False)  # noqa: S607 the image's own program
    if ended.returncode:
        return ended.returncode
    write_passwords(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]))
    return 0


def write_passwords(file: Path) -> None:
    """The file Airflow's SimpleAuthManager reads, in clear, with the password of the environment; others stay."""
    known = json.loads(file.read_text()) if file.exists() and file.stat().st_size else {}
    known["admin"] = os.environ["AIRFLOW_ADMIN_PASSWORD"]
    file.touch(mode=0o600)
    file.write_text(json.dumps(known) + "\n")


def answers(url: str) -> int:
    """0 when the address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 the compose file's own addresses
            return 0
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
