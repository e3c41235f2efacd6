"""`livestorm-salesforce erase`: erase a person by an e-mail address read from standard input.

The address is not an argument, because arguments are visible to every user of the host and stored in shell histories,
and it is not printed. A certificate is stored for the page Erasure. With `--mark` only the HMAC of the address is
printed, for the DAG livestorm_salesforce_erase.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence

from livestorm_salesforce.cli.connections import find_connections
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Options
from livestorm_salesforce.tasks import erase


def main(arguments: Sequence[str] | None = None) -> int:
    """Erase a person or print the HMAC of an address, and return the exit code."""
    parser = argparse.ArgumentParser(prog="livestorm-salesforce erase", description=__doc__)
    parser.add_argument("--mark", action="store_true", help="print the HMAC of the address and erase nothing")
    options = parser.parse_args(arguments)
    address = getpass.getpass("E-mail address: ") if sys.stdin.isatty() else sys.stdin.readline()
    find_connections()
    try:
        app = AppContext.from_environment(options=Options(offline=True))
        result = (
            erase.hmac_of_address(app, address)
            if options.mark
            else json.dumps(erase.erase_address_with_certificate(app, address))
        )
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
