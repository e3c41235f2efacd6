"""Four runs through the life of one webinar, each told as it happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.demo.airflow import Airflow
from scripts.demo.errors import DemoError
from scripts.demo.printing import lines_of, wrote_nothing
from scripts.demo.sandbox import Sandbox, Webinar
from scripts.demo.tasklogs import why

REPORT_TASK = "report"
AFTER_THE_END = timedelta(hours=3, minutes=10)
UNTIL_REPLAYS = timedelta(days=3, hours=4, minutes=25)  # an odd time of day, at which no other session begins or ends


@dataclass(frozen=True)
class Act:
    """One run: its headline, and the moment the sandbox is moved to before it (None: where it is)."""

    headline: str
    moment: datetime | None = None


def acts(webinar: Webinar) -> Iterator[Act]:
    yield Act("before the webinar: Campaigns are made, registrants become members")
    yield Act("after the webinar: who came, and who did not", webinar.starts + AFTER_THE_END)
    yield Act("days later: the replay was watched", webinar.starts + UNTIL_REPLAYS)
    yield Act("once more, nothing has changed")


def tell(airflow: Airflow, sandbox: Sandbox, task_logs: Path, say: Callable[[str], None]) -> None:
    """Runs all acts, one after the other, through Airflow's scheduler.

    Raises:
        DemoError: a run left no report, or the last one found something to write.
    """
    webinar = sandbox.next_webinar()
    starts = f"{webinar.starts:%A %d %B, %H:%M} UTC"
    say(f"The webinar to watch: {webinar.name}, {starts}, {webinar.registrants} registered.")
    for number, act in enumerate(acts(webinar), 1):
        if act.moment:
            sandbox.move_to(act.moment)
        say(f"\nRun {number}, {act.headline}")
        say(f"  {'sandbox clock':<17} {sandbox.clock():%A %d %B %Y, %H:%M} UTC")
        told = perform(airflow, sandbox, task_logs, say)
    if not wrote_nothing(told):
        raise DemoError("The last run had nothing new to bring over and wrote all the same: see its report.")


def perform(airflow: Airflow, sandbox: Sandbox, task_logs: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """One run, from trigger to printed report; returns what its report task returned.

    Raises:
        DemoError: there is no report. A red run with a report is no failure of the demo: refused rows make runs red.
    """
    sandbox.forget_calls()
    began = time.monotonic()
    run_id = airflow.trigger()
    state = airflow.wait_for_run(run_id, lambda task: say(f"  Will be tried again. {why(task_logs, task)}"))
    told = airflow.returned(run_id, REPORT_TASK)
    if not told or "report" not in told:
        fell = airflow.first_failed_task(run_id)
        raise DemoError(f"The run is {state} and left no report. {why(task_logs, fell) if fell else ''}")
    colour = {"success": "green", "failed": "red"}[state]
    say(f"  {'run':<17} {colour} after {time.monotonic() - began:.0f} s: {airflow.run_address(run_id)}")
    for line in lines_of(told, sandbox.calls()):
        say(line)
    return told
