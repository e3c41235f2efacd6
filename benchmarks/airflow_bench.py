"""Measures whole runs under a real Airflow: the overhead of scheduler, task processes and imports.

python -m benchmarks.airflow_bench                    # 10,000 registrants of one session, new and then unchanged
python -m benchmarks.airflow_bench --sizes 200 2000 10000
python -m benchmarks.airflow_bench --database postgresql+psycopg2://...   # instead of SQLite

LocalExecutor with the settings of the demo; manual runs and a scheduled one; 150 ms per call and 3 s per bulk job.

wall        from the trigger to the end of the run
Livestorm   a call is in flight or waits for the rate limit of five calls per second
Salesforce  a call is in flight or a bulk job is in progress
core        remaining time inside the task functions: pandas, Parquet, imports
Airflow     everything else: scheduling, starting a task process, parsing the DAG file, XCom, detecting the end
cpu         processor seconds of all Airflow processes and tasks; in brackets their use in that time when idle
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks import intervals
from benchmarks.bench import slow
from benchmarks.intervals import Interval
from benchmarks.stage import Stage
from scripts.demo.airflow import Airflow
from scripts.demo.starting import airflow_in

SYNC = "livestorm_to_salesforce"
COLUMNS = ("case", "instances", "wall", "livestorm", "salesforce", "core", "airflow", "share", "cpu")
HEAD = "| case | task instances | wall | Livestorm | Salesforce | core | Airflow | core + Airflow | cpu |"
EVERY_MINUTE = "* * * * *"
IDLE = 5.0  # seconds for which the idle Airflow is observed


def one_size(registrants: int, database: str | None) -> list[dict[str, Any]]:
    """Measure one session in a fresh sandbox and a fresh Airflow: registrants new, then unchanged."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        stage = Stage(home, settings={"interval_limit": 5, "monthly_limit": 1_000_000})
        with stage.open():
            stage.session(registrants)
            slow(stage)
            further = stage.sandbox.connections | (
                {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database} if database else {}
            )
            with airflow_in(home / "airflow", further) as airflow:
                idle = idle_load()
                rows = [
                    run(stage, airflow, home / "airflow", f"{registrants:,} {what}", idle, airflow.trigger)
                    for what in ("new", "unchanged")
                ]
            with airflow_in(home / "airflow", further | {"LIVESTORM_SALESFORCE_SCHEDULE": EVERY_MINUTE}) as airflow:
                case, start = f"{registrants:,} unchanged, scheduled", partial(wait_for_scheduled_run, airflow)
                return [*rows, run(stage, airflow, home / "airflow", case, idle, start)]


def run(stage: Stage, airflow: Airflow, home: Path, case: str, idle: float, start: Callable[[], str]) -> dict[str, Any]:
    """Measure one run from its start to its end, in seconds per side.

    Args:
        idle: processor seconds per second that Airflow uses when nothing runs.
        start: starts a run, or waits for one, and returns its id.
    """
    stage.sandbox.calls.reset()
    run_id, used = start(), processor_seconds()
    state = airflow.wait_for_run(run_id, lambda _: None)
    found = airflow.run(run_id)
    ended = datetime.fromisoformat(found["end_date"]).timestamp()
    began = datetime.fromisoformat(found["queued_at"]).timestamp()
    used = processor_seconds() - used
    report = airflow.returned(run_id, "report") or {}
    if state != "success":
        raise SystemExit(f"{case}: the run is {state}: {report.get('problems')}")
    tasks = [task for task in airflow.tasks(run_id) if task["try_number"]]  # not the skipped ones
    window = (began, ended)
    parts = split(stage, window, [own_time(home, task) for task in tasks])
    shown = {name: round(value, 1) for name, value in parts.items()}
    share = f"{(parts['core'] + parts['airflow']) / parts['wall']:.0%}"
    cpu = f"{used:.1f} ({idle * parts['wall']:.1f})"
    detail = [{"task": label(task), "own": own_time(home, task)} for task in tasks]
    spans = {one["task"]: round(one["own"][1] - one["own"][0], 1) for one in detail}
    return {"case": case, "instances": len(tasks), **shown, "share": share, "cpu": cpu, "tasks": spans,
            "registrants": report.get("buckets")}  # fmt: skip


def wait_for_scheduled_run(airflow: Airflow) -> str:
    """Wait until the scheduler has started a run; returns its id."""
    while (newest := airflow.latest_run())["run_type"] != "scheduled":
        time.sleep(0.2)
    return newest["dag_run_id"]


def split(stage: Stage, window: Interval, own: list[Interval]) -> dict[str, float]:
    """Return seconds per side. Overlapping time belongs to the first of: Livestorm, Salesforce, core, Airflow."""
    ahead = stage.sandbox.clock.timestamp() - time.time()  # the sandbox's clock began at a whole second
    sides = {}
    for name in ("livestorm", "salesforce"):
        busy = getattr(intervals, name)(stage.sandbox.calls.list(service=name))
        sides[name] = intervals.within([(begin - ahead, end - ahead) for begin, end in busy], window)
    services = [*sides["livestorm"], *sides["salesforce"]]
    parts = {
        "wall": window[1] - window[0],
        "livestorm": intervals.seconds(sides["livestorm"]),
        "salesforce": intervals.seconds(intervals.without(sides["salesforce"], sides["livestorm"])),
        "core": intervals.seconds(intervals.without(intervals.within(own, window), services)),
    }
    return parts | {"airflow": parts["wall"] - parts["livestorm"] - parts["salesforce"] - parts["core"]}


def own_time(home: Path, task: dict[str, Any]) -> Interval:
    """Return begin and end of the task function, taken from the task's log."""
    log = home / "logs" / f"dag_id={SYNC}" / f"run_id={task['dag_run_id']}" / f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        log /= f"map_index={task['map_index']}"
    lines = [json.loads(line) for line in (log / f"attempt={task['try_number']}.log").read_text().splitlines()]
    events = [(str(line["event"]), datetime.fromisoformat(line["timestamp"]).timestamp()) for line in lines]
    begin = next(moment for event, moment in events if event == "::endgroup::")
    return begin, next(moment for event, moment in events if event == "::group::Post Execute")


def label(task: dict[str, Any]) -> str:
    return task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}-{task['map_index']}"


def processor_seconds() -> float:
    """Return the processor seconds of all child processes, including those that have ended."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def idle_load() -> float:
    """Return processor seconds per second of an idle Airflow."""
    before = processor_seconds()
    time.sleep(IDLE)
    return (processor_seconds() - before) / IDLE


PARSE = """
import json, runpy, time
def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return round(time.perf_counter() - wall, 3), round(time.process_time() - cpu, 3)
def sdk():
    import airflow.sdk
parse = lambda: runpy.run_path("dags/livestorm_to_salesforce.py")
print(json.dumps({"import airflow.sdk": timed(sdk), "first parse": timed(parse), "second parse": timed(parse)}))
"""


def parse_times() -> dict[str, list[float]]:
    """Return [wall, processor] seconds of importing the SDK and of two parses of the DAG file, in a fresh process."""
    done = subprocess.run([sys.executable, "-c", PARSE], check=True, capture_output=True, text=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


def table(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(str(row[name]) for name in COLUMNS) + " |" for row in rows]
    return "\n".join([HEAD, "| --- |" + " ---: |" * (len(COLUMNS) - 1), *lines])


def measure(sizes: list[int], database: str | None = None) -> list[dict[str, Any]]:
    rows = []
    for size in sizes:
        rows += one_size(size, database)
        print(table(rows[-3:]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000])
    parser.add_argument("--database", help="SQLAlchemy URL of Airflow's database (default: SQLite)")
    parser.add_argument("--out", type=Path, help="JSON file for the rows, with the seconds of each task")
    options = parser.parse_args()
    rows = measure(options.sizes, options.database)
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))
    for name, (wall, cpu) in parse_times().items():
        print(f"{name}: {wall} s, {cpu} s of processor time")


if __name__ == "__main__":
    main()
