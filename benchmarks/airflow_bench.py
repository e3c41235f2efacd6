"""Whole runs under a real Airflow: what the scheduler, the tasks' processes and their imports add to the work.

python -m benchmarks.airflow_bench                    # 10,000 registrants of one session, new and then unchanged
python -m benchmarks.airflow_bench --sizes 200 2000 10000
python -m benchmarks.airflow_bench --database postgresql+psycopg2://...   # instead of SQLite

LocalExecutor, with the settings of the demo; runs started by hand; 150 ms a call and 3 s a bulk job.

wall        from the trigger to the end of the run
Livestorm   a call is in flight, or waits for Livestorm's five calls a second
Salesforce  a call is in flight, or a bulk job is being worked on
core        the rest of the time inside our functions: pandas, Parquet, imports
Airflow     all else: scheduling, starting a task's process, parsing the DAG file in it, XCom, noticing its end
cpu         processor seconds of all of Airflow's processes and tasks; in brackets what they use in that time when idle
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime
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
IDLE = 5.0  # seconds over which the idle Airflow is watched


def one_size(registrants: int, database: str | None) -> list[dict[str, Any]]:
    """One session with so many registrants in a fresh sandbox and a fresh Airflow: new, then unchanged."""
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
                return [
                    run(stage, airflow, home / "airflow", f"{registrants:,} {what}", idle)
                    for what in ("new", "unchanged")
                ]


def run(stage: Stage, airflow: Airflow, home: Path, case: str, idle: float) -> dict[str, Any]:
    """One run from its trigger to its end, taken apart; seconds."""
    stage.sandbox.calls.reset()
    used, began = processor_seconds(), time.time()
    run_id = airflow.trigger()
    state = airflow.wait_for_run(run_id, lambda _: None)
    ended = datetime.fromisoformat(airflow.latest_run()["end_date"]).timestamp()
    used = processor_seconds() - used
    told = airflow.returned(run_id, "report") or {}
    if state != "success":
        raise SystemExit(f"{case}: the run is {state}: {told.get('problems')}")
    tasks = [task for task in airflow.tasks(run_id) if task["start_date"]]
    window = (began, ended)
    parts = split(stage, window, [own_time(home, task) for task in tasks])
    shown = {name: round(value, 1) for name, value in parts.items()}
    share = f"{(parts['core'] + parts['airflow']) / parts['wall']:.0%}"
    cpu = f"{used:.1f} ({idle * parts['wall']:.1f})"
    detail = [{"task": label(task), "own": own_time(home, task)} for task in tasks]
    spans = {one["task"]: round(one["own"][1] - one["own"][0], 1) for one in detail}
    return {"case": case, "instances": len(tasks), **shown, "share": share, "cpu": cpu, "tasks": spans,
            "registrants": told.get("buckets")}  # fmt: skip


def split(stage: Stage, window: Interval, own: list[Interval]) -> dict[str, float]:
    """Seconds per side; a moment belongs to the first side that claims it, in this order."""
    ahead = stage.sandbox.clock.timestamp() - time.time()  # the sandbox's clock began at a whole second
    sides = {}
    for name in ("livestorm", "salesforce"):
        claimed = getattr(intervals, name)(stage.sandbox.calls.list(service=name))
        sides[name] = intervals.within([(begin - ahead, end - ahead) for begin, end in claimed], window)
    services = [*sides["livestorm"], *sides["salesforce"]]
    parts = {
        "wall": window[1] - window[0],
        "livestorm": intervals.seconds(sides["livestorm"]),
        "salesforce": intervals.seconds(intervals.without(sides["salesforce"], sides["livestorm"])),
        "core": intervals.seconds(intervals.without(intervals.within(own, window), services)),
    }
    return parts | {"airflow": parts["wall"] - parts["livestorm"] - parts["salesforce"] - parts["core"]}


def own_time(home: Path, task: dict[str, Any]) -> Interval:
    """From the end of Airflow's preparations to the beginning of its work afterwards, as the task's log has them."""
    log = home / "logs" / f"dag_id={SYNC}" / f"run_id={task['dag_run_id']}" / f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        log /= f"map_index={task['map_index']}"
    lines = [json.loads(line) for line in (log / f"attempt={task['try_number']}.log").read_text().splitlines()]
    told = [(str(line["event"]), datetime.fromisoformat(line["timestamp"]).timestamp()) for line in lines]
    begin = next(moment for event, moment in told if event == "::endgroup::")
    return begin, next(moment for event, moment in told if event == "::group::Post Execute")


def label(task: dict[str, Any]) -> str:
    return task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}-{task['map_index']}"


def processor_seconds() -> float:
    """Used so far by all processes that this one has started, those that ended and were waited for included."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def idle_load() -> float:
    """Processor seconds per second of an Airflow that has nothing to do."""
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
    """Of the sync's DAG file, in a fresh process: [wall, processor] seconds of the SDK, the first and second parse."""
    done = subprocess.run([sys.executable, "-c", PARSE], check=True, capture_output=True, text=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(str(row[name]) for name in COLUMNS) + " |" for row in rows]
    return "\n".join([HEAD, "| --- |" + " ---: |" * (len(COLUMNS) - 1), *lines])


def measure(sizes: list[int], database: str | None = None) -> list[dict[str, Any]]:
    rows = []
    for size in sizes:
        rows += one_size(size, database)
        print(table(rows[-2:]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000])
    parser.add_argument("--database", help="SQLAlchemy address of Airflow's database; SQLite by default")
    parser.add_argument("--out", type=Path, help="where the rows go as JSON, with each task's own seconds")
    given = parser.parse_args()
    rows = measure(given.sizes, given.database)
    if given.out:
        given.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))
    for what, (wall, cpu) in parse_times().items():
        print(f"{what}: {wall} s, {cpu} s of processor time")


if __name__ == "__main__":
    main()
