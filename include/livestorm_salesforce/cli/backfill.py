"""`livestorm-salesforce backfill`: show what a backfill of past sessions costs, or stop the one that is going on.

A trigger of the DAG with `backfill_from` starts a backfill, and resumes one that was stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.domain.sessions.backfill import Cost
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.params import parse_request
from livestorm_salesforce.tasks import backfill


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the cost of a period or of what is left, or stop, and return the exit code."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce backfill", description=__doc__)
    parser.add_argument("--from", dest="backfill_from", metavar="DATE", help="sessions that started at or after this")
    parser.add_argument("--to", dest="backfill_to", metavar="DATE", help="sessions that started before this")
    parser.add_argument("--stop", action="store_true", help="do not read the sessions that are left")
    options = parser.parse_args(arguments)
    find_connections()
    try:
        print(_run(AppContext.from_environment(), options))
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(app: AppContext, options: argparse.Namespace) -> str:
    if options.stop:
        return (
            f"The backfill is stopped: {backfill.stop(app):,} sessions are not read. Asking for the period resumes it."
        )
    request = parse_request(vars(options), manual=True)
    if request.backfill_from is None and request.backfill_to is None:
        return _shown(backfill.cost_left(app))
    return _shown(backfill.cost_of_period(app, request))


def _shown(cost: Cost) -> str:
    return f"Backfill: {cost}." if cost.sessions else "No session is left to read."


if __name__ == "__main__":
    sys.exit(main())
