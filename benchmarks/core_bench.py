"""Measures processor seconds and memory of the domain code, compared with a minimal pandas implementation.

    python -m benchmarks.core_bench                     # 10,000 and 100,000 registrants
    python -m benchmarks.core_bench --sizes 1000000     # some minutes and gigabytes
    python -m benchmarks.core_bench --profile 100000    # where the time goes

Each size runs in its own process, so that each has its own memory peak. The org has twice as many people as there are
registrants. The transform step reads sessions of 1,000 registrants, like the extract task; creating their raw responses
is not measured.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd

from benchmarks import bare, company
from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.campaign_facts import campaign_facts
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.plan import make_plan
from livestorm_salesforce.domain.registrants.change_detection import columns_needed, detect_changes
from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.domain.report.accounting import assign_buckets
from livestorm_salesforce.domain.report.row_results import LoadResults

MAPPING = Mapping()
PHASES = ("transform", "prepare", "plan", "accounting")
BARE = ("bare parse", "bare merge")


class Clock:
    """Processor seconds per named phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time of a block to a phase."""
        started = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started


def measure(size: int) -> dict[str, float]:
    """Return seconds per phase and of the baseline, peak memory in MiB, and its part before planning began."""
    clock = Clock()
    made = company.make(size)
    registrants = _transformed(made, clock)
    before = _peak()
    plan = _planned(made, registrants, clock)
    peak = _peak()
    with clock.phase("bare merge"):
        bare.merge(registrants, made.current, MAPPING)
    return clock.seconds | {"size": size, "changes": len(plan.changes), "peak": peak, "before": before}


def _transformed(made: company.Company, clock: Clock) -> pd.DataFrame:
    frames = []
    for session_id, resources in made.people():
        with clock.phase("transform"):
            frames.append(transform_registrants(resources, session_id))
        with clock.phase("bare parse"):
            bare.parse(resources)
    with clock.phase("transform"):
        return pd.concat(frames, ignore_index=True).reindex(columns=columns_needed(MAPPING))


def _planned(made: company.Company, registrants: pd.DataFrame, clock: Clock) -> Plan:
    facts = campaign_facts(made.scoped, made.events, MAPPING)
    with clock.phase("prepare"):
        rows = detect_changes(registrants, facts, MAPPING, made.activation)
    with clock.phase("plan"):
        plan = make_plan(facts, rows, made.current, MAPPING, made.schemas)
    with clock.phase("accounting"):
        assign_buckets(rows, plan, LoadResults(False, None, None, None))
    return plan


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(size: int) -> dict[str, float]:
    """Return the measurement of one size, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.core_bench", "--one", str(size)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603


def table(runs: list[dict[str, float]]) -> str:
    """Return a Markdown table with one row per size.

    `ratio` is the domain code over the baseline, `deciding` the same without parsing.
    """
    head = ["registrants", *PHASES, "core", *BARE, "ratio", "deciding", "s per 100,000", "peak MiB", "of it before",
            "changes"]  # fmt: skip
    lines = [" | ".join(head), " | ".join(["---:"] * len(head))]
    for run in runs:
        core = sum(run[phase] for phase in PHASES)
        parse, merge = (run[phase] for phase in BARE)
        seconds = [f"{number:.2f}" for number in (*(run[phase] for phase in PHASES), core, parse, merge)]
        ratios = [f"{core / (parse + merge):.1f}", f"{(core - run['transform']) / merge:.1f}"]
        memory = [f"{run['peak']:.0f}", f"{run['before']:.0f}", f"{run['changes']:,}"]
        cells = [f"{run['size']:,}", *seconds, *ratios, f"{core / run['size'] * 100_000:.2f}", *memory]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def profile(run: Callable[[], object]) -> None:
    """Print where the time of a function is spent."""
    profiler = cProfile.Profile()
    profiler.runcall(run)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats("livestorm_salesforce|benchmarks", 45)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000", help="numbers of registrants, separated by commas")
    parser.add_argument("--profile", type=int, help="profile one size instead")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
    elif options.profile:
        profile(lambda: measure(options.profile))
    else:
        print(table([in_a_process(int(size)) for size in options.sizes.split(",")]))


if __name__ == "__main__":
    main()
