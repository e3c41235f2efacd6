"""The product's tasks in one process, with the retries that Airflow would give them, and without its waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from livestorm_salesforce import errors
from livestorm_salesforce.runs.task_run import Run
from livestorm_salesforce.tasks import report as report_task
from service_sandbox import Sandbox
from tests.fake_clock import FastClock
from tests.faults.injection import Killed, one_try, process
from tests.integration.safety.world import World

TRIES = 3
HOPELESS = (errors.ConfigError, errors.ContractError, errors.QuotaExhausted, errors.UnsafePlan, errors.StalePlan)


class NoLimiter:
    """Lets every call go at once."""

    def acquire(self) -> None:
        return None

    def pause(self, seconds: float) -> None:
        return None


class Waits:
    """Instead of the module `time` where a load waits: what Salesforce would do meanwhile is done at once."""

    time = staticmethod(time.time)

    def __init__(self, sandbox: Sandbox) -> None:
        self.sleep = sandbox.late.pass_by


class QuickRun(Run):
    """A run whose clients do not wait between tries."""

    @cached_property
    def livestorm(self):
        return self._livestorm_hook.get_client(
            call_budget=self.settings.livestorm_calls_per_run,
            monthly_reserve=self.settings.livestorm_monthly_reserve,
            limiter=NoLimiter(),
            attempts=2,
            clock=FastClock(),
        )

    @cached_property
    def salesforce(self):
        people = self.mapping.people
        return self._salesforce_hook.get_client(
            auto_assign=people.assignment_rules,
            duplicate_rule_allow_save=people.save_despite_duplicate_rules,
            reserve_share=self.settings.salesforce_reserve_percent / 100,
            attempts=2,
            clock=FastClock(),
        )


class QuickWorld(World):
    """A world whose tasks are `QuickRun`s, tried again as Airflow tries them.

    Attributes:
        before_try: called with a task's name and the number of the try before it begins.
    """

    before_try: Callable[[str, int], None] = staticmethod(lambda task, number: None)

    def task(self, run_id: str, task: str, params: Any = None, by_hand: bool = False, number: int = 1) -> Run:
        return QuickRun(run_id, dict(params or {}), task, by_hand, number)

    def run_with_retries(self, params: Any = None, *, by_hand: bool = False) -> dict[str, str]:
        """A whole run; returns the state of each task. What follows a failed task is not run, but the report is."""
        self.number += 1
        run_id = f"run-{self.number}"
        states: dict[str, str] = {}
        extracting: list[str] = []
        self.last = {}
        for task, do in self.tasks(run_id, params or {}, by_hand):
            if task.startswith("extract"):
                extracting.append(task)
            elif "failed" in states.values():
                break
            states[task] = attempt(self._met(task, do))
        if "report" not in states:
            states["report"] = attempt(lambda number: self._conclude(run_id, params, by_hand, number))
        return states

    def _met(self, task: str, do: Callable[[int], Any]) -> Callable[[int], Any]:
        def met(number: int) -> None:
            self.before_try(task, number)
            do(number)

        return met

    def _conclude(self, run_id: str, params: Any, by_hand: bool, number: int) -> None:
        report_task.conclude(self.task(run_id, "report", params, by_hand, number), self.last.update)


def attempt(do: Callable[[int], Any]) -> str:
    """One task with its tries: `success` or `failed`. Only errors of the product's own tree are expected."""
    for number in range(1, TRIES + 1):
        try:
            with one_try():
                do(number)
        except HOPELESS:
            return "failed"
        except (errors.SyncError, Killed):
            if process.last:
                return "failed"
            continue
        return "success"
    return "failed"
