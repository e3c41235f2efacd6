"""`livestorm-salesforce doctor`: list problems of the state, or let the next run read one session in full.

With `--max-age`, a cron job or a monitor notices that no run starts at all, for example of a paused DAG: nothing inside
Airflow can.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import pandas as pd

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.state import health, runs


def main(arguments: Sequence[str] | None = None) -> int:
    """List problems, or prepare a session, and return the exit code; 1 if there are problems."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce doctor", description=__doc__)
    parser.add_argument("--resync", metavar="SESSION_ID", help="let the next run read this session in full")
    parser.add_argument("--max-age", metavar="HOURS", type=float, help="also report that no run succeeded for so long")
    options = parser.parse_args(arguments)
    find_connections()
    try:
        app = AppContext.from_environment()
        database = app.database
        if options.resync:
            count = health.resync(database, options.resync)
            print(f"The next run reads the session in full and compares its {count:,} registration(s).")
            return 0
        problems = [*health.problems(database), *health.waiting(database)]
        if options.max_age is not None:
            problems += _overdue(app, options.max_age)
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    print(*(problems or ["No problem found."]), sep="\n")
    return 1 if problems else 0


def _overdue(app: AppContext, hours: float) -> list[str]:
    """A problem if the last success of the sync is older than some hours."""
    last = runs.last_success(app.database, SYNC_DAG_ID)
    if last is not None and app.utc_now() - last <= pd.Timedelta(hours=hours):
        return []
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "ever"
    return [
        f"No run of {SYNC_DAG_ID} has succeeded {since}: in Airflow, check that the DAG is not paused, that the "
        "scheduler runs, and the last run."
    ]


if __name__ == "__main__":
    sys.exit(main())
