"""Measures one tool with so many people in a fresh sandbox: a first run, the same again, and 50 changed."""

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
Seen = dict[str, Any]


def competing_tool(kind: type[Tool], people: People, folder: Path) -> list[Seen]:
    """The runs of a peer, in the order of `RUNS`.

    Raises:
        ToolFailed: it cannot be installed, or did not do its work.
    """
    from benchmarks.bench import slow
    from benchmarks.stage import Stage

    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home) / "stage", seed=SEED)
        with stage.open():
            work = Work(stage, Path(home), people, folder)
            one = kind(work)
            one.prepare()
            slow(stage)
            seen = [_run(work, one), _run(work, one)]
            work.people = replace(people, changed=CHANGED)
            return [*seen, _run(work, one)]


def _complete(work: Work, name: str) -> None:
    """Raise ToolFailed unless everybody is there: a tool that did nothing would look fast."""
    org = work.stage.sandbox.org
    held = {sobject: len(org.rows(sobject)) for sobject in ("Lead", "CampaignMember")}
    if set(held.values()) != {work.people.size}:
        raise ToolFailed(f"{name} ended well, but the org holds {held} instead of {work.people.size:,} each")


def _run(work: Work, one: Tool) -> Seen:
    from benchmarks.stage import further_polls

    sandbox = work.stage.sandbox
    one.give()
    work.stage.forget()
    work.peaks.clear()
    started = time.perf_counter()
    one.sync()
    seconds = time.perf_counter() - started
    _complete(work, one.name)
    calls, writes = sandbox.calls.list(service="salesforce"), sandbox.org.writes
    return {"calls": len(calls), "polls": further_polls(calls), "seconds": seconds, "peak": max(work.peaks),
            "written": writes.count(refused=False), "refused": writes.count(refused=True)}  # fmt: skip


def product(people: People) -> list[Seen]:
    """The runs of this project, counted as the peers are: with every describe and with the start of the program, but
    without the seconds spent on Livestorm, since peers are handed their rows. Of many sessions there is no third."""
    from benchmarks import bench

    each = people.size // people.sessions
    rows = bench.one_session(each) if people.sessions == 1 else bench.many_sessions(people.sessions, each)
    return [{"calls": row["salesforce_calls"] + row["describes"], "polls": row["polls"], "peak": row["peak"],
             "seconds": row["wall"] - row["livestorm"], "written": row["written"], "refused": row["refused"]}
            for row in rows]  # fmt: skip


def settled(tool: str, people: People, times: int, once: Callable[[], list[Seen]]) -> list[dict[str, Any]]:
    """A row per run: the median of the seconds with the shortest and the longest, the largest of all else."""
    rows = []
    for run, same in zip(RUNS, zip(*(once() for _ in range(times)), strict=True), strict=False):
        seconds = [one["seconds"] for one in same]
        most = {name: max(one[name] for one in same) for name in ("calls", "polls", "peak", "written", "refused")}
        rows.append({"tool": tool, "size": people.size, "sessions": people.sessions, "run": run,
                     **most, "seconds": round(median(seconds), 1),
                     "between": [round(min(seconds), 1), round(max(seconds), 1)], "times": times,
                     "day": datetime.now(UTC).date().isoformat()})  # fmt: skip
    return rows
