"""`livestorm-salesforce COMMAND`: the command line of the project."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

#: Command name: summary. Each command is the `main` of the module of its name, imported only when it is called.
COMMANDS = {
    "backfill": "show what a backfill costs in calls and days, or stop one",
    "check": "list everything that is missing in both accounts and in Airflow",
    "container": "set up containers and check their health",
    "db": "create, migrate and check the state database",
    "doctor": "list problems of the state, or let the next run read a session in full",
    "erase": "erase a person by e-mail address, or print the HMAC of an address",
    "pair": "show the pair of organization and org, or confirm a new one",
    "webhooks": "list, create and remove Livestorm webhook subscriptions",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        the exit code: 0 on success, 1 on an error that the command explains, 2 for wrong usage.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        print(_usage())
        return 0 if given else 2
    if given[0] not in COMMANDS:
        print(f"Unknown command '{given[0]}'.\n{_usage()}", file=sys.stderr)
        return 2
    command = importlib.import_module(f"livestorm_salesforce.cli.{given[0]}")
    return int(command.main(given[1:]))


def _usage() -> str:
    lines = [f"  {name:<10} {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(["usage: livestorm-salesforce COMMAND [options]", "", *lines])


if __name__ == "__main__":
    sys.exit(main())
