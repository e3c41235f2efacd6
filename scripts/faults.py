"""Random orgs, registrants and faults; the org must end as it does without faults (`make faults`, `make chaos`).

Prints a tally. Exits with 1 if an invariant was violated, with the seeds to repeat.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import conftest  # noqa: F401 sets a temporary AIRFLOW_HOME before anything imports Airflow
from tests.faults.parallel import POSTGRESQL_EVERY, Tally, run_schedules
from tests.faults.schedules import SCHEDULES
from tests.harness.postgresql import Server, is_installed, running_server

SCHEDULES_BETWEEN_LINES = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.faults", description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=100, help="number of schedules")
    parser.add_argument("--from", dest="start", type=int, default=None, help="first seed (default: random)")
    parser.add_argument("--seeds", type=int, nargs="+", help="run these seeds only")
    parser.add_argument("--jobs", type=int, default=None, help="processes (default: one per core)")
    parser.add_argument("--sqlite", action="store_true", help="no seed on PostgreSQL")
    options = parser.parse_args()
    start = secrets.randbelow(10**9) * SCHEDULES if options.start is None else options.start
    seeds = options.seeds or range(start, start + options.n)
    print(f"{len(seeds)} schedules, seeds {seeds[0]} to {seeds[-1]}", flush=True)
    tally, began = Tally(), time.monotonic()
    with _server(wanted=not options.sqlite) as server:
        for result in run_schedules(seeds, options.jobs, server):
            tally.add(result)
            if isinstance(result, str):
                print(f"\n{result}", flush=True)
            elif tally.passed % SCHEDULES_BETWEEN_LINES == 0:
                print(f"{tally.passed} passed", flush=True)
    print(f"{tally}\n{time.monotonic() - began:.0f} seconds.")
    return 1 if tally.violations else 0


@contextmanager
def _server(*, wanted: bool) -> Iterator[Server | None]:
    """A PostgreSQL server for a part of the seeds, if it is installed."""
    if not wanted or not is_installed():
        print("The state of all schedules is stored in SQLite.", flush=True)
        yield None
        return
    print(f"The state of every {POSTGRESQL_EVERY}th scenario is stored in PostgreSQL.", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, running_server(Path(folder)) as server:
        yield server


if __name__ == "__main__":
    sys.exit(main())
