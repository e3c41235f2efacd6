"""`livestorm-salesforce doctor`: list problems of the state, or let the next run read one session in full."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import health


def main(arguments: Sequence[str] | None = None) -> int:
    """List problems, or prepare a session, and return the exit code; 1 if there are problems."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce doctor", description=__doc__)
    parser.add_argument("--resync", metavar="SESSION_ID", help="let the next run read this session in full")
    options = parser.parse_args(arguments)
    find_connections()
    try:
        database = AppContext.from_environment().database
        if options.resync:
            count = health.resync(database, options.resync)
            print(f"The next run reads the session in full and compares its {count:,} registration(s).")
            return 0
        problems = [*health.problems(database), *health.waiting(database)]
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    print(*(problems or ["No problem found."]), sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
