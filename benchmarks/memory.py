"""Peak memory and processor seconds of each task of a run, each in its own process as in Airflow.

    python -m benchmarks.memory                              # 100 sessions with 1,000 registrants each, all new
    python -m benchmarks.memory --sessions 20 --unchanged    # then a second run without changes

Memory beyond the imports is what grows with the run: `imports` is the peak of a process that only imports the tasks.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measured import peak_memory
from benchmarks.tasks import run_task

BUDGET = {"LIVESTORM_SALESFORCE_LIVESTORM_CALLS_PER_RUN": "100000"}
#: What task processes inherit from their scheduler (`preload_libraries`).
ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
HEAD = "| task | peak MiB | processor s |\n| --- | ---: | ---: |"
IMPORTS = "imports"


def measure(sessions: int, registrants: int, *, unchanged: bool = False) -> list[dict[str, Any]]:
    """One row per task: its name, peak memory (MiB) and processor seconds."""
    from benchmarks.stage import Stage

    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home), settings={"monthly_limit": 1_000_000}, environment=BUDGET)
        with stage.open():
            for number in range(sessions):
                stage.session(registrants, first=number * registrants, title=f"Tour {number}")
            rows = [_task("", IMPORTS), *_run("new")]
            return [*rows, *_run("unchanged")] if unchanged else rows


def _run(run_id: str) -> Iterator[dict[str, Any]]:
    """All tasks of one run, in their order."""
    yield (listed := _task(run_id, "discover"))
    if listed["result"].get("skipped"):
        yield _task(run_id, "report")
        return
    for batch in listed["result"]["batches"]:
        yield _task(run_id, "extract", batch)
    yield (planned := _task(run_id, "plan"))
    yield _task(run_id, "load_campaigns")
    yield _task(run_id, "load_people")
    for batch in planned["result"]["member_batches"]:
        yield _task(run_id, "load_members", batch)
    yield _task(run_id, "report")


def _task(run_id: str, name: str, batch: int | None = None) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.memory", "--task", name, "--run", run_id]
    command += [] if batch is None else ["--batch", str(batch)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT | os.environ)  # noqa: S603
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "task": f"{run_id} {name}".strip()}


def _in_this_process(name: str, run_id: str, batch: int | None) -> dict[str, Any]:
    result = None if name == IMPORTS else run_task(name, run_id, {}, manual=False, batch=batch)
    return {"peak": peak_memory(), "cpu": round(time.process_time(), 1),
            "result": result if name in ("discover", "plan") else None}  # fmt: skip


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown; of several batches of a task, the largest peak and the sum of seconds."""
    names = dict.fromkeys(row["task"] for row in rows)
    lines = []
    for name in names:
        same = [row for row in rows if row["task"] == name]
        task = name if len(same) == 1 else f"{name} ({len(same)} batches)"
        lines.append(f"| {task} | {max(row['peak'] for row in same)} | {sum(row['cpu'] for row in same):.1f} |")
    return "\n".join([HEAD, *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--registrants", type=int, default=1_000)
    parser.add_argument("--unchanged", action="store_true")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(_in_this_process(options.task, options.run, options.batch)))
    else:
        print(table(measure(options.sessions, options.registrants, unchanged=options.unchanged)))


if __name__ == "__main__":
    main()
