"""The product's tasks in one process, with the retries that Airflow would give them, and without its waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livestorm_salesforce import errors
from livestorm_salesforce.runs.context import AppContext, Limits
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


class SandboxClock(FastClock):
    """A clock whose waits let the sandbox's clock pass: what Salesforce would do during the wait is done at once."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def sleep(self, seconds: float) -> None:
        self._sandbox.delayed_calls.run_due(seconds)
        super().sleep(seconds)


class QuickWorld(World):
    """A world whose tasks are tried again as Airflow tries them, without waits.

    Attributes:
        before_try: called with a task's name and the number of the try before it begins.
    """

    before_try: Callable[[str, int], None] = staticmethod(lambda task, number: None)

    def __post_init__(self) -> None:
        self.clock = FastClock()

    def app(self) -> AppContext:
        return AppContext.from_environment(clock=self.clock, limits=Limits(attempts=2, rate_limit=NoLimiter()))

    def run_with_retries(self, params: Any = None, *, manual: bool = False) -> dict[str, str]:
        """A whole run; returns the state of each task. What follows a failed task is not run, but the report is."""
        self.number += 1
        run_id = f"run-{self.number}"
        states: dict[str, str] = {}
        extracting: list[str] = []
        self.last = {}
        for task, do in self.tasks(run_id, params or {}, manual):
            if task.startswith("extract"):
                extracting.append(task)
            elif "failed" in states.values():
                break
            states[task] = attempt(self._met(task, do))
        if "report" not in states:
            states["report"] = attempt(lambda number: self._conclude(run_id, params, manual, number))
        return states

    def _met(self, task: str, do: Callable[[int], Any]) -> Callable[[int], Any]:
        def met(number: int) -> None:
            self.before_try(task, number)
            do(number)

        return met

    def _conclude(self, run_id: str, params: Any, manual: bool, number: int) -> None:
        report_task.conclude(self.task(run_id, "report", params, manual, number), self.last.update)


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
