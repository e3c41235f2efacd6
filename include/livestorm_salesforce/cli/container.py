"""`livestorm-salesforce container`: set-up and health checks of the containers in docker-compose.yaml.

Only the standard library is imported: Docker calls the health check every few seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

HEALTH_TIMEOUT = 5  # seconds
CONNECTION = "AIRFLOW_CONN_"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `init`, `connect FILE` or `health URL` and return the exit code."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce container", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="migrate Airflow's database and set the admin password of the UI")
    connect_parser = commands.add_parser("connect", help="import the connections of a file into Airflow")
    connect_parser.add_argument("file", type=Path, help="lines of the form AIRFLOW_CONN_<ID>='json'")
    commands.add_parser("health", help="exit with 0 if a URL answers with success").add_argument("url")
    options = parser.parse_args(arguments)
    if options.command == "init":
        return init()
    return connect(options.file) if options.command == "connect" else health(options.url)


def init() -> int:
    """Migrate Airflow's database to this version and write the UI's password file. Idempotent."""
    migration = subprocess.run(["airflow", "db", "migrate"], check=False)  # noqa: S607 the image's own program
    if migration.returncode:
        return migration.returncode
    write_passwords(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]))
    return 0


def write_passwords(file: Path) -> None:
    """Set the password of `admin` to AIRFLOW_ADMIN_PASSWORD and keep other users.

    SimpleAuthManager reads passwords in clear text; only the owner may read the file.
    """
    passwords = json.loads(file.read_text()) if file.exists() and file.stat().st_size else {}
    passwords["admin"] = os.environ["AIRFLOW_ADMIN_PASSWORD"]
    with open(file, "w", opener=_open_private) as target:
        target.write(json.dumps(passwords) + "\n")


def _open_private(path: str, flags: int) -> int:
    """Open a file that only its owner may read, also one that others could read before."""
    handle = os.open(path, flags, 0o600)
    os.fchmod(handle, 0o600)
    return handle


def connect(file: Path) -> int:
    """Import the connections of a file into Airflow's database; existing connections are kept.

    Refused if the environment defines one of them: Airflow prefers the environment to its database, so a run meant for
    the sandbox would write to the real org.
    """
    variables = read_exports(file)
    overriding = [name for name in variables if os.environ.get(name)]
    if overriding:
        print(
            f"{', '.join(overriding)}: connections in .env override those of the sandbox. Remove them first.",
            file=sys.stderr,
        )
        return 1
    connections = {name.removeprefix(CONNECTION).lower(): json.loads(value) for name, value in variables.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as import_file:
        json.dump(connections, import_file)
        import_file.flush()
        command = ["airflow", "connections", "import", import_file.name]
        return subprocess.run(command, check=False).returncode  # noqa: S603


def read_exports(file: Path) -> dict[str, str]:
    """Variables of a file of `KEY='value'` lines that a shell can source."""
    words = shlex.split(file.read_text(), comments=True)
    return dict(word.split("=", 1) for word in words if "=" in word)


def health(url: str) -> int:
    """Return 0 if the URL answers with success, 1 otherwise."""
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT):  # noqa: S310 URLs of the compose file
            return 0
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
