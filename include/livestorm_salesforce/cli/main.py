"""`livestorm-salesforce COMMAND`: the command line of the project."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from livestorm_salesforce.cli import erase, webhooks

COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "erase": (erase.main, "erase a person by e-mail address, or print the code of an address"),
    "webhooks": (webhooks.main, "list, create and end Livestorm webhook subscriptions"),
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
    command, _ = COMMANDS[given[0]]
    return command(given[1:])


def _usage() -> str:
    lines = [f"  {name:<10} {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(["usage: livestorm-salesforce COMMAND [options]", "", *lines])


if __name__ == "__main__":
    sys.exit(main())
