"""Measures the time from a registration to its member in Salesforce when webhooks start the runs of a real Airflow.

python -m benchmarks.webhook_latency                       # 2,150 registrations of one webinar, a day in 12 minutes
python -m benchmarks.webhook_latency --people 300 --minutes 4
python -m benchmarks.webhook_latency --database postgresql+psycopg2://...   # instead of SQLite, for Airflow

Three mailings bring 30 % of the registrations each, most of them immediately; the rest is spread over the day. The
sandbox signs and sends each registration to the webhook endpoint of Airflow's API server. 150 ms per call, 3 s per bulk
job. No scheduled run starts; one manual run before and one after it read by calls.

latency   from the registration in Livestorm to CreatedDate of the member, rounded up to a second
calls     of the runs that webhooks started; Salesforce per hour at this rate of runs
bound     runs per hour that the setting webhook_interval_seconds allows
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.address import address
from benchmarks.bench import slow
from benchmarks.stage import Stage
from livestorm_salesforce.clients.livestorm.webhook_payload import EVENTS
from scripts.demo.airflow import Airflow
from scripts.demo.starting import airflow_in

MAILINGS = (0.05, 0.4, 0.75)  # of the day
SHARE = 0.3  # of the registrations, per mailing
DECAY = 1 / 48  # of the day: two thirds of a mailing's registrations arrive within half an hour
LEAP_DAYS = "0 0 29 2 *"  # a schedule that does not run during the measurement
PATIENCE = 300.0  # seconds for the last registrations
WATCH = 60.0  # seconds until Airflow watches the asset of a DAG that was just parsed


def arrivals(people: int) -> list[float]:
    """Return the time of each registration as a share of the day."""
    mailed = int(people * SHARE)
    times = [min(start + DECAY * -math.log(1 - number / mailed), 1.0) for start in MAILINGS for number in range(mailed)]
    rest = people - len(times)
    return sorted([*times, *(number / rest for number in range(rest))])


def measure(people: int, minutes: float, database: str | None) -> dict[str, Any]:
    """Measure one day in a fresh sandbox and a fresh Airflow."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        stage = Stage(home, settings={"interval_limit": 5, "monthly_limit": 1_000_000, "https_only": False})
        with stage.open():
            session = stage.session(10)
            slow(stage)
            further = stage.sandbox.connections | {
                "LIVESTORM_SALESFORCE_WEBHOOK_SECRET": stage.sandbox.livestorm.webhook_secret,
                "LIVESTORM_SALESFORCE_SCHEDULE": LEAP_DAYS,
            }
            further |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database} if database else {}
            with airflow_in(home / "airflow", further) as airflow:
                _ordinary_run(airflow)
                stage.sandbox.livestorm.webhooks.subscribe(f"{airflow.url}/livestorm-salesforce/inbox", EVENTS[0])
                time.sleep(WATCH)
                stage.forget()
                load = os.getloadavg()[0]
                registered = dict(_register(stage, session, people, minutes))
                _wait_for_members(stage, people + 10)
                measured = _result(stage, airflow, registered)
                _ordinary_run(airflow)
                members = len(stage.sandbox.org.rows("CampaignMember"))
                return measured | {"members": members, "minutes": minutes, "load before": round(load, 1)}


def _ordinary_run(airflow: Airflow) -> None:
    run_id = airflow.trigger()
    if airflow.wait_for_run(run_id, lambda _: None) != "success":
        raise SystemExit(f"the ordinary run failed: {airflow.returned(run_id, 'report')}")


def _register(stage: Stage, session: str, people: int, minutes: float) -> Iterator[tuple[str, float]]:
    """Register people at their times; yield address and time of each."""
    began = stage.sandbox.clock.timestamp()
    for number, share in enumerate(arrivals(people), 1_000_000):
        due = began + share * minutes * 60
        time.sleep(max(0.0, due - stage.sandbox.clock.timestamp()))
        now = stage.sandbox.clock.timestamp()
        stage.register(session, number)
        yield address(number), now


def _wait_for_members(stage: Stage, count: int) -> None:
    ends = time.monotonic() + PATIENCE
    while len(stage.sandbox.org.rows("CampaignMember")) < count and time.monotonic() < ends:
        time.sleep(2)


def _result(stage: Stage, airflow: Airflow, registered: dict[str, float]) -> dict[str, Any]:
    created = {row["Email"]: _epoch(row["CreatedDate"]) for row in stage.sandbox.org.rows("CampaignMember")}
    waits = sorted(created[one] + 1 - at for one, at in registered.items() if one in created)
    calls = {side: stage.counted(side, polls_beyond_first=True) for side in ("livestorm", "salesforce")}
    runs = [run for run in _runs(airflow) if run["run_type"] == "asset_triggered"]
    lengths = [_seconds(run) for run in runs if run["end_date"]]
    hours = (max(created.values()) - min(registered.values())) / 3_600
    return {
        "registrations": len(registered),
        "loaded": len(waits),
        "median s": round(statistics.median(waits), 1),
        "p95 s": round(waits[int(len(waits) * 0.95)], 1),
        "last s": round(waits[-1], 1),
        "runs": len(runs),
        "failed runs": sum(run["state"] == "failed" for run in runs),
        "median run s": round(statistics.median(lengths), 1),
        "Livestorm calls": calls["livestorm"],
        "Salesforce calls": calls["salesforce"],
        "Salesforce calls per hour": round(calls["salesforce"] / hours),
        "overlapping runs": _overlaps(runs),
    }


def _runs(airflow: Airflow) -> list[dict[str, Any]]:
    """Return the newest 100 runs of the DAG."""
    path = f"{airflow.url}/api/v2/dags/{airflow.dag_id}/dagRuns"
    answer = airflow.session.get(path, params={"order_by": "-run_after", "limit": 100}, timeout=60)
    answer.raise_for_status()
    return answer.json()["dag_runs"]


def _overlaps(runs: list[dict[str, Any]]) -> int:
    spans = sorted((run["start_date"], run["end_date"]) for run in runs if run["end_date"])
    return sum(later[0] < earlier[1] for earlier, later in pairwise(spans))


def _seconds(run: dict[str, Any]) -> float:
    start, end = (datetime.fromisoformat(run[name]) for name in ("start_date", "end_date"))
    return (end - start).total_seconds()


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2_150)
    parser.add_argument("--minutes", type=float, default=12, help="length of the compressed day")
    parser.add_argument("--database", help="SQLAlchemy URL of Airflow's database (default: SQLite)")
    parser.add_argument("--out", type=Path, help="JSON file for the result")
    options = parser.parse_args()
    result = measure(options.people, options.minutes, options.database)
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n")
    print("| " + " | ".join(result) + " |\n|" + " ---: |" * len(result))
    print("| " + " | ".join(str(value) for value in result.values()) + " |")


if __name__ == "__main__":
    main()
