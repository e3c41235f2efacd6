"""The demo's scenario: four runs during the life of one webinar."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.demo.airflow import Airflow
from scripts.demo.errors import DemoError
from scripts.demo.report_lines import format_report, wrote_nothing
from scripts.demo.sandbox import Sandbox, Webinar
from scripts.demo.task_logs import task_error

REPORT_TASK = "report"
AFTER_THE_END = timedelta(hours=3, minutes=10)
UNTIL_REPLAYS = timedelta(days=3, hours=4, minutes=25)  # an odd time of day, at which no other session begins or ends


@dataclass(frozen=True)
class Step:
    """One run: its headline, and the time to which the sandbox clock is moved before it (None: unchanged)."""

    headline: str
    time: datetime | None = None


def steps(webinar: Webinar) -> Iterator[Step]:
    """Runs before the webinar, after it, after replay views, and without any change."""
    yield Step("before the webinar: Campaigns are created, registrants become members")
    yield Step("after the webinar: who attended and who did not", webinar.starts + AFTER_THE_END)
    yield Step("days later: replay views", webinar.starts + UNTIL_REPLAYS)
    yield Step("again without any change")


def run_scenario(
    airflow: Airflow, sandbox: Sandbox, webinar: Webinar, task_logs: Path, say: Callable[[str], None]
) -> None:
    """Run all steps one after the other through Airflow's scheduler, which starts the first one on schedule.

    Raises:
        DemoError: a run produced no report, or the last run wrote something.
    """
    starts = f"{webinar.starts:%A %d %B, %H:%M} UTC"
    say(f"The webinar to watch: {webinar.name}, {starts}, {webinar.registrants} registered.")
    for number, step in enumerate(steps(webinar), 1):
        if step.time:
            sandbox.move_to(step.time)
        say(f"\nRun {number}, {step.headline}")
        say(f"  {'sandbox clock':<17} {sandbox.clock():%A %d %B %Y, %H:%M} UTC")
        if number == 1:
            airflow.unpause()
            run_id = airflow.first_run()
        else:
            sandbox.reset_calls()
            run_id = airflow.trigger()
        report = follow_run(airflow, sandbox, run_id, task_logs, say)
    if not wrote_nothing(report):
        raise DemoError("Nothing had changed before the last run, but it wrote to Salesforce: see its report.")


def follow_run(
    airflow: Airflow, sandbox: Sandbox, run_id: str, task_logs: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Wait for the end of a run, print its report and return what its report task returned.

    Raises:
        DemoError: there is no report. A failed run with a report does not fail the demo.
    """
    began = time.monotonic()
    state = airflow.wait_for_run(run_id, lambda task: say(f"  Retrying. {task_error(task_logs, task)}"))
    report = airflow.returned(run_id, REPORT_TASK)
    if not report or "report" not in report:
        failed = airflow.first_failed_task(run_id)
        raise DemoError(f"The run is {state} and left no report. {task_error(task_logs, failed) if failed else ''}")
    colour = {"success": "green", "failed": "red"}[state]
    say(f"  {'run':<17} {colour} after {time.monotonic() - began:.0f} s: {airflow.run_address(run_id)}")
    for line in format_report(report, sandbox.calls()):
        say(line)
    return report
