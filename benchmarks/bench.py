"""`make bench`: measures whole runs against the sandbox, 150 ms per call and 3 s per bulk job.

python -m benchmarks.bench                      # 200, 2,000 and 10,000 registrants of one session
python -m benchmarks.bench --many 1000 100      # also 1,000 sessions with 100 registrants each
python -m benchmarks.bench --known 100 1000     # 100 sessions with 1,000 people each that the org has with other values
python -m benchmarks.bench --airflow            # also under a real Airflow: see airflow_bench
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.stage import Stage, address, further_polls

LATENCY, JOB_SECONDS = 0.15, 3.0
REPEATED, TIMES = 10_000, 5  # cases up to that size are measured TIMES times, each in a fresh sandbox
HEAD = (
    "| case | Livestorm calls | Salesforce calls | seconds | Livestorm | Salesforce | core | peak MiB "
    "| records written |"
)


def slow(stage: Stage) -> None:
    """Add latency to both services and to bulk jobs."""
    stage.sandbox.faults.add("slow", seconds=LATENCY)
    stage.sandbox.salesforce_api.jobs.seconds = JOB_SECONDS


def run(stage: Stage, name: str, *flags: str) -> dict[str, Any]:
    """Measure one run in a separate process; calls and written and refused records are counted by the sandbox."""
    stage.forget()
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "benchmarks.measured", name, *flags],  # noqa: S603
                          check=True, stdout=subprocess.PIPE, text=True, env=dict(os.environ))  # fmt: skip
    wall = time.perf_counter() - started
    measured = json.loads(done.stdout.strip().splitlines()[-1])
    writes = stage.sandbox.org.writes
    seen = stage.sandbox.calls
    describes = sum(seen.count(service="salesforce", call_type=one) for one in ("describe", "composite.describe"))
    polls = further_polls(stage.sandbox.calls.list(service="salesforce"))
    return {**measured, "case": name, "written": writes.count(rejected=False), "refused": writes.count(rejected=True),
            "polls": polls, "wall": wall, "describes": describes,
            "livestorm_calls": stage.sandbox.calls.count(service="livestorm"),
            "salesforce_calls": stage.sandbox.calls.count(service="salesforce") - describes}  # fmt: skip


def one_session(registrants: int) -> list[dict[str, Any]]:
    """Measure one session: all registrants new, none changed, 50 changed."""
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home), settings={"interval_limit": 5, "monthly_limit": 1_000_000})
        with stage.open():
            session = stage.session(registrants)
            slow(stage)
            rows = [run(stage, f"{registrants:,} new"), run(stage, f"{registrants:,} unchanged")]
            workspace = stage.sandbox.livestorm
            for number in range(50):
                workspace.edit_registration(session, address(number), first_name="Grace")
            return [*rows, run(stage, f"{registrants:,}, 50 changed", "--manual")]


def many_sessions(sessions: int, registrants: int, *, known: bool = False) -> list[dict[str, Any]]:
    """Measure many sessions: all people new or in the org with other values (`known`), then unchanged."""
    budget = {"LIVESTORM_SALESFORCE_LIVESTORM_CALLS_PER_RUN": "100000"}
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home), settings={"interval_limit": 5, "monthly_limit": 1_000_000}, environment=budget)
        with stage.open():
            for number in range(sessions):
                stage.session(registrants, first=number * registrants, title=f"Tour {number}")
            if known:
                add_known_people(stage, sessions * registrants)
            slow(stage)
            name = f"{sessions:,} sessions x {registrants:,}"
            if known:
                return [run(stage, f"{name} known"), run(stage, f"{name} read again", "--manual", "--full-read")]
            return [run(stage, f"{name} new"), run(stage, f"{name} unchanged")]


def add_known_people(stage: Stage, people: int) -> None:
    """Add all people to the org with other names and titles, every second one as a Contact."""
    for sobject, first, more in (("Lead", 0, {"Company": "Old"}), ("Contact", 1, {})):
        old = {"FirstName": "Old", "Title": "Old title", **more}
        rows = [{**old, "LastName": f"Name{number}", "Email": address(number)} for number in range(first, people, 2)]
        stage.sandbox.org.insert(sobject, rows)


def summarize(runs: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return one row per case: medians of seconds (`wall` includes the start of Python), maxima of all else."""
    rows = []
    for same in zip(*runs, strict=True):
        seconds = {name: round(median(one[name] for one in same), 1)
                   for name in ("seconds", "wall", "livestorm", "salesforce", "core")}  # fmt: skip
        counted = ("peak", "written", "polls", "describes", "livestorm_calls", "salesforce_calls")
        most = {name: max(one[name] for one in same) for name in counted}
        rows.append({"case": same[0]["case"], **seconds, **most, "runs": len(same)})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table."""
    columns = (
        "case",
        "livestorm_calls",
        "salesforce_calls",
        "seconds",
        "livestorm",
        "salesforce",
        "core",
        "peak",
        "written",
    )
    lines = [HEAD, "|" + " --- |" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(f"{row[name]:,}" if isinstance(row[name], int) else str(row[name])
                                                  for name in columns) + " |" for row in rows)])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[200, 2_000, 10_000])
    parser.add_argument("--many", type=int, nargs=2, metavar=("SESSIONS", "REGISTRANTS"))
    parser.add_argument("--known", type=int, nargs=2, metavar=("SESSIONS", "REGISTRANTS"))
    parser.add_argument("--airflow", action="store_true", help="also measure under a real Airflow")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--out", type=Path, help="JSON file for the rows")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for size in options.sizes:
        rows += summarize([one_session(size) for _ in range(options.times if size <= REPEATED else 1)])
        print(table(rows), flush=True)
    if options.many:
        rows += summarize([many_sessions(*options.many)])
    if options.known:
        rows += summarize([many_sessions(*options.known, known=True)])
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))
    if options.airflow:
        from benchmarks.airflow_bench import measure  # imports this module

        measure(options.sizes)


if __name__ == "__main__":
    main()
