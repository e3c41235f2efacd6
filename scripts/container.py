"""Small deeds of the containers: what the one-shot services do, and the health checks (a slim image has no curl)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from scripts.exports import read_exports

SECONDS = 5
CONNECTION = "AIRFLOW_CONN_"


def main(arguments: list[str]) -> int:
    """`init`, `connect FILE` or `answers URL`."""
    verb, *rest = arguments
    return {"init": init, "connect": connect, "answers": answers}[verb](*rest)


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


def connect(exports: str) -> int:
    """Gives Airflow the connections of a file of `AIRFLOW_CONN_<ID>='json'` lines; those it already has stay.

    Refused where the environment names one of them: it would win, and who looks around with stand-ins would write into
    a real org.
    """
    variables = read_exports(Path(exports))
    real = [name for name in variables if os.environ.get(name)]
    if real:
        print(
            f"{', '.join(real)}: real connections in .env win over the stand-ins'. Take them out first.",
            file=sys.stderr,
        )
        return 1
    found = {name.removeprefix(CONNECTION).lower(): json.loads(value) for name, value in variables.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(found, file)
        file.flush()
        command = ["airflow", "connections", "import", file.name]
        return subprocess.run(command, check=False).returncode  # noqa: S603


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
