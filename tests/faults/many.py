"""Many schedules in as many processes as there are cores, and their tally."""

from __future__ import annotations

import logging
import multiprocessing
import os
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.conftest import collect_rarely
from tests.faults.schedules import SCHEDULES, Broken, Outcome, storm


@dataclass
class Tally:
    """Over all schedules: how many held, which broke a promise, tasks by state, faults struck, people's deeds, runs."""

    held: int = 0
    broken: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def add(self, result: Outcome | str) -> None:
        if isinstance(result, str):
            self.broken.append(result)
            return
        self.held += 1
        self.runs += result.runs
        self.states += result.states
        self.faults += result.faults
        self.deeds += result.deeds

    def __str__(self) -> str:
        struck, deeds, tasks = map(_told, (self.faults, self.deeds, self.states))
        lines = [f"{self.held} schedules held, {len(self.broken)} broke a promise; {self.runs} runs, tasks: {tasks}."]
        lines += [f"Faults struck: {struck}.", f"In the middle of runs people did: {deeds}."]
        return "\n".join([*lines, *self.broken])


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count)


def _ready() -> None:
    """A quiet process, for what products and servers log about the faults is not news here."""
    logging.disable(logging.CRITICAL)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    collect_rarely()


def _some(seeds: list[int]) -> list[Outcome | str]:
    return [_one(seed) for seed in seeds]


def _one(seed: int) -> Outcome | str:
    try:
        return storm(seed)
    except Broken as error:
        return str(error)
    except Exception:
        return f"seed {seed}: {traceback.format_exc(limit=-8)}"


def weathered(seeds: Iterable[int], jobs: int | None = None) -> Iterator[Outcome | str]:
    """Results as they come: an `Outcome`, or the words of a broken promise."""
    together: dict[int, list[int]] = {}
    for seed in seeds:
        together.setdefault(seed // SCHEDULES, []).append(seed)
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs or os.cpu_count(), initializer=_ready) as pool:
        for results in pool.imap_unordered(_some, together.values()):
            yield from results
