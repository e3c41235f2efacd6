"""`livestorm-salesforce pair`: show the pair of organization and org of the connections, or confirm a new one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Options
from livestorm_salesforce.state import pairs


def main(arguments: Sequence[str] | None = None) -> int:
    """List the pairs of the state database and resolve the current one; return the exit code."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce pair", description=__doc__)
    parser.add_argument("--confirm", action="store_true", help="the connections shall lead to another pair than before")
    options = parser.parse_args(arguments)
    find_connections()
    try:
        app = AppContext.from_environment(options=Options(confirm_new_pair=options.confirm))
        current = app.pair
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    for pair in pairs.every_pair(app.database):
        mark = "*" if pair.pair_id == current else " "
        print(f"{mark} {pair.pair_id}  organization {pair.organization_id}  org {pair.org_id}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
