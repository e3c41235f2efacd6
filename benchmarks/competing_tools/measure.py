"""Measures one tool in a fresh sandbox: a first run, a second run without changes, a third with 50 changed people."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.competing_tools.people import CHANGED, SEED, People
from benchmarks.competing_tools.process import ToolFailed
from benchmarks.competing_tools.work import Tool, Work

PRODUCT = "this project"
RUNS = ("first", "again", "changed")
Measurement = dict[str, Any]


def competing_tool(kind: type[Tool], people: People, folder: Path) -> list[Measurement]:
    """Measure the runs of a competing tool, in the order of `RUNS`.

    Raises:
        ToolFailed: it cannot be installed, or its result is incomplete.
    """
    from benchmarks.bench import slow
    from benchmarks.stage import Stage

    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home) / "stage", seed=SEED)
        with stage.open():
            work = Work(stage, Path(home), people, folder)
            tool = kind(work)
            tool.prepare()
            slow(stage)
            runs = [_run(work, tool), _run(work, tool)]
            work.people = replace(people, changed=CHANGED)
            return [*runs, _run(work, tool)]


def _require_complete(work: Work, name: str) -> None:
    """Raise ToolFailed unless the org has all people: a tool that did nothing would look fast."""
    org = work.stage.sandbox.org
    held = {sobject: len(org.rows(sobject)) for sobject in ("Lead", "CampaignMember")}
    if set(held.values()) != {work.people.size}:
        raise ToolFailed(f"{name} succeeded, but the org has {held} instead of {work.people.size:,} each")


def _run(work: Work, tool: Tool) -> Measurement:
    from benchmarks.stage import further_polls

    sandbox = work.stage.sandbox
    tool.give()
    work.stage.forget()
    work.peaks.clear()
    started = time.perf_counter()
    tool.sync()
    seconds = time.perf_counter() - started
    _require_complete(work, tool.name)
    calls, writes = sandbox.calls.list(service="salesforce"), sandbox.org.writes
    return {"calls": len(calls), "polls": further_polls(calls), "seconds": seconds, "peak": max(work.peaks),
            "written": writes.count(rejected=False), "refused": writes.count(rejected=True)}  # fmt: skip


def product(people: People) -> list[Measurement]:
    """Measure the runs of this project like those of the tools; with many sessions there is no third run.

    Describes and the start of the program are included, seconds spent on Livestorm are not: the tools get their rows.
    """
    from benchmarks import bench

    each = people.size // people.sessions
    rows = bench.one_session(each) if people.sessions == 1 else bench.many_sessions(people.sessions, each)
    return [{"calls": row["salesforce_calls"] + row["describes"], "polls": row["polls"], "peak": row["peak"],
             "seconds": row["wall"] - row["livestorm"], "written": row["written"], "refused": row["refused"]}
            for row in rows]  # fmt: skip


def summarize(tool: str, people: People, times: int, once: Callable[[], list[Measurement]]) -> list[dict[str, Any]]:
    """Return a row per run: median, minimum and maximum of the seconds, maximum of everything else."""
    rows = []
    for run, same in zip(RUNS, zip(*(once() for _ in range(times)), strict=True), strict=False):
        seconds = [one["seconds"] for one in same]
        most = {name: max(one[name] for one in same) for name in ("calls", "polls", "peak", "written", "refused")}
        rows.append({"tool": tool, "size": people.size, "sessions": people.sessions, "run": run,
                     **most, "seconds": round(median(seconds), 1),
                     "between": [round(min(seconds), 1), round(max(seconds), 1)], "times": times,
                     "day": datetime.now(UTC).date().isoformat()})  # fmt: skip
    return rows
