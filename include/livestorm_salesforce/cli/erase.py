"""`livestorm-salesforce erase`: erase a person by an address read from standard input.

The address is never an argument (arguments are shown to every user of the host and kept in shell histories), and
nothing of it is printed. With `--mark` only the address's mark is printed, for the DAG livestorm_salesforce_erase.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.tasks import erase


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="livestorm-salesforce erase", description=__doc__)
    parser.add_argument("--mark", action="store_true", help="print the address's mark and erase nothing")
    asked = parser.parse_args(arguments)
    address = getpass.getpass("E-mail address: ") if sys.stdin.isatty() else sys.stdin.readline()
    find_connections()
    try:
        app = AppContext.from_environment()
        told = erase.mark(app, address) if asked.mark else json.dumps(erase.erase_address(app, address))
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
