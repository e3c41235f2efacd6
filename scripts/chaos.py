"""`make chaos N=1000`: random orgs, registrants and faults; the org must end as an undisturbed run leaves it.

Prints a tally; exits with 1 if a promise was broken, with the seeds to replay.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

from tests import conftest  # noqa: F401 sets up a throw-away Airflow home before anything can import Airflow
from tests.faults.many import Tally, weathered


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.chaos", description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=100, help="how many schedules")
    parser.add_argument("--from", dest="start", type=int, default=None, help="first seed (a fresh one by default)")
    parser.add_argument("--seeds", type=int, nargs="+", help="these seeds only, to replay them")
    parser.add_argument("--jobs", type=int, default=None, help="processes (one per core by default)")
    asked = parser.parse_args()
    start = secrets.randbelow(10**9) * 5 if asked.start is None else asked.start
    seeds = asked.seeds or range(start, start + asked.n)
    print(f"{len(seeds)} schedules, seeds {seeds[0]} to {seeds[-1]}", flush=True)
    tally, began = Tally(), time.monotonic()
    for result in weathered(seeds, asked.jobs):
        tally.add(result)
        if isinstance(result, str):
            print(f"\n{result}", flush=True)
        elif tally.held % 10 == 0:
            print(f"{tally.held} held", flush=True)
    print(f"{tally}\n{time.monotonic() - began:.0f} seconds.")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
