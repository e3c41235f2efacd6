"""Run schedules in parallel processes and count their results."""

from __future__ import annotations

import logging
import multiprocessing
import os
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.conftest import collect_rarely
from tests.faults.invariants import InvariantViolated
from tests.faults.schedules import SCHEDULES, Outcome, run_schedule
from tests.harness.postgresql import Server

#: The state of every fourth scenario is stored in PostgreSQL, where there is a server.
POSTGRESQL_EVERY = 4
#: The server of this process.
process: dict[str, Server | None] = {"server": None}


@dataclass
class Tally:
    """Over all schedules: how many passed, violations, tasks by state, applied faults, actions of users, runs."""

    passed: int = 0
    violations: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    user_actions: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def add(self, result: Outcome | str) -> None:
        if isinstance(result, str):
            self.violations.append(result)
            return
        self.passed += 1
        self.runs += result.runs
        self.states += result.states
        self.faults += result.faults
        self.user_actions += result.user_actions

    def __str__(self) -> str:
        applied, user_actions, tasks = map(_format_counts, (self.faults, self.user_actions, self.states))
        counts = f"{self.passed} schedules passed, {len(self.violations)} violated an invariant"
        lines = [f"{counts}; {self.runs} runs, tasks: {tasks}."]
        lines += [f"Faults applied: {applied}.", f"Actions of users during runs: {user_actions}."]
        return "\n".join([*lines, *self.violations])


def _format_counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count)


def _start(server: Server | None) -> None:
    """Take the server of the process and discard the log output of a process: product and servers log every fault."""
    logging.disable(logging.CRITICAL)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    collect_rarely()
    process["server"] = server


def _run_group(seeds: list[int]) -> list[Outcome | str]:
    return [_run_one(seed) for seed in seeds]


def _run_one(seed: int) -> Outcome | str:
    try:
        server = process["server"] if seed // SCHEDULES % POSTGRESQL_EVERY == 0 else None
        return run_schedule(seed, server.create_database() if server else None)
    except InvariantViolated as error:
        return str(error)
    except Exception:
        return f"seed {seed}: {traceback.format_exc(limit=-8)}"


def run_schedules(
    seeds: Iterable[int], jobs: int | None = None, server: Server | None = None
) -> Iterator[Outcome | str]:
    """Results as they arrive: an `Outcome`, or the message of a violated invariant.

    Args:
        seeds: one schedule each.
        jobs: processes; None: one per core.
        server: PostgreSQL server that holds the state of every `POSTGRESQL_EVERY`th scenario.
    """
    together: dict[int, list[int]] = {}
    for seed in seeds:
        together.setdefault(seed // SCHEDULES, []).append(seed)
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs or os.cpu_count(), initializer=_start, initargs=(server,)) as pool:
        for results in pool.imap_unordered(_run_group, together.values()):
            yield from results
