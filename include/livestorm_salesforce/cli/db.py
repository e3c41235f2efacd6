"""`livestorm-salesforce db`: create, migrate and check the state database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs import identity
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import health, migrate, pairs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `upgrade`, `create` or `check` and return the exit code; 1 if `check` finds problems."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce db", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="migrate the tables to this version; tasks also do it when they start")
    commands.add_parser("create", help="create an empty database in place of a lost or damaged one")
    commands.add_parser("check", help="list problems")
    options = parser.parse_args(arguments)
    find_connections()
    try:
        return _run(options.command, AppContext.from_environment())
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1


def _run(command: str, app: AppContext) -> int:
    if command == "create":
        migrate.create(app.database)
        if not pairs.every_pair(app.database):
            app.store.write_json(identity.CREATED, {"at": app.utc_now().isoformat()})
    elif command == "upgrade":
        migrate.upgrade_if_needed(app.database)
    print(f"{app.database}: version {health.version(app.database)}")
    problems = health.problems(app.database) if command == "check" else []
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
