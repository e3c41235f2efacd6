"""`make faults N=1000`: random orgs, registrants and faults; the org must end as it does without faults.

Prints a tally. Exits with 1 if an invariant was violated, with the seeds to repeat.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

from tests import conftest  # noqa: F401 sets a temporary AIRFLOW_HOME before anything imports Airflow
from tests.faults.parallel import Tally, run_schedules

SCHEDULES_BETWEEN_LINES = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.faults", description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=100, help="number of schedules")
    parser.add_argument("--from", dest="start", type=int, default=None, help="first seed (default: random)")
    parser.add_argument("--seeds", type=int, nargs="+", help="run these seeds only")
    parser.add_argument("--jobs", type=int, default=None, help="processes (default: one per core)")
    options = parser.parse_args()
    start = secrets.randbelow(10**9) * 5 if options.start is None else options.start
    seeds = options.seeds or range(start, start + options.n)
    print(f"{len(seeds)} schedules, seeds {seeds[0]} to {seeds[-1]}", flush=True)
    tally, began = Tally(), time.monotonic()
    for result in run_schedules(seeds, options.jobs):
        tally.add(result)
        if isinstance(result, str):
            print(f"\n{result}", flush=True)
        elif tally.passed % SCHEDULES_BETWEEN_LINES == 0:
            print(f"{tally.passed} passed", flush=True)
    print(f"{tally}\n{time.monotonic() - began:.0f} seconds.")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
