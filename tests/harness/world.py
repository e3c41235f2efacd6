"""Both sandboxes, a store, and the product's tasks called one after the other as Airflow calls them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd

from livestorm_salesforce.clock import Clock
from livestorm_salesforce.errors import BulkJobRunning, SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Limits
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log, quarantine
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.tasks import discover as discover_task
from livestorm_salesforce.tasks import extract as extract_task
from livestorm_salesforce.tasks import load_campaigns as load_campaigns_task
from livestorm_salesforce.tasks import load_members as load_members_task
from livestorm_salesforce.tasks import load_people as load_people_task
from livestorm_salesforce.tasks import plan as plan_task
from livestorm_salesforce.tasks import report
from livestorm_salesforce.tasks import report as report_task
from service_sandbox import Sandbox
from service_sandbox.salesforce.org.policies import ValidationRule
from tests.fake_clock import FastClock
from tests.harness.attempts import run_attempts

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
SETTINGS = {"LIVESTORM_SALESFORCE_SETTLE_SECONDS": "0"}
Params = Mapping[str, Any]


class Unlimited:
    """A rate limiter that never waits."""

    def acquire(self) -> None:
        return None

    def pause(self, seconds: float) -> None:
        return None


UNLIMITED = Limits(rate_limit=Unlimited())
FAST = Limits(attempts=2, rate_limit=Unlimited())


@dataclass
class World:
    """One workspace, one org and the state that our runs keep about the pair.

    Attributes:
        clock: of the product; by default its waits take a hundredth of the time.
        limits: of the product's clients. The limit of five Livestorm calls per second is left out by default; the tests
            of the Livestorm client and the cluster test verify it.
        before: called in `run` with a task's name before the task begins, for changes at the same time.
        by_webhook: whether webhook deliveries start the runs.
        deferred: names of the tasks that waited for a bulk job without a worker, with `limits.longest_wait`.
        before_attempt: called in `run_with_retries` with a task's name and the number of the attempt.
    """

    sandbox: Sandbox
    store: Path
    number: int = 0
    clock: Clock = field(default_factory=FastClock)
    limits: Limits = UNLIMITED
    before: Callable[[str], None] = lambda task: None
    before_attempt: Callable[[str, int], None] = lambda task, number: None
    last: dict[str, Any] = field(default_factory=dict)
    by_webhook: bool = False
    deferred: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Without a limit of the product, the workspace has none either: runs follow each other at once."""
        if self.sandbox and self.limits.rate_limit:
            self.sandbox.livestorm.settings.change(interval_limit=0)

    @property
    def org(self):
        return self.sandbox.org

    @property
    def livestorm(self):
        return self.sandbox.livestorm

    def run(self, params: Params | None = None, *, manual: bool = False, name: str | None = None) -> dict[str, Any]:
        """A whole run; returns the report's counts, the first error of a task under `error`."""
        self.number += 1
        run_id = name or f"run-{self.number}"
        try:
            for task, do in self.tasks(run_id, params or {}, manual):
                self.before(task)
                do(1)
        except SyncError as error:
            self.last = {"run_id": run_id, "verdict": "failed", "error": error}
            with suppress(SyncError):
                report_task.conclude(self.task(run_id, "report", params, manual), self.last.update)
            return self.last
        return self.last

    def tasks(self, run_id: str, params: Params, manual: bool) -> Iterator[tuple[str, Callable[[int], Any]]]:
        """The tasks of a run in order: name, and what is called with the number of the try."""

        def named(task: str, do: Callable[..., Any], *args: Any) -> tuple[str, Callable[[int], Any]]:
            return task, lambda number: self._with_deferrals(do, self.task(run_id, task, params, manual, number), *args)

        found: dict[str, Any] = {}
        yield named("discover", lambda run: found.update(discover_task.discover(run)))
        for batch in found.get("batches", []):
            yield named(f"extract-{batch}", extract_task.extract, batch)
        if not found.get("skipped"):
            yield named("plan", lambda run: found.update(plan_task.plan(run)))
        if self.task(run_id, "", params, manual).writes and not found.get("skipped"):
            yield named("load_campaigns", load_campaigns_task.load_campaigns)
            yield named("load_people", load_people_task.load_people)
            for batch in found.get("member_batches", []):
                yield named(f"load_members-{batch}", load_members_task.load_members, batch)
        yield named("report", self._report)

    def _with_deferrals(self, do: Callable[..., Any], run: TaskRun, *args: Any) -> Any:
        """Call a task again after its wait for a bulk job, as `orchestration.deferral` does."""
        try:
            return do(run, *args)
        except BulkJobRunning as error:
            self.deferred.append(run.task)
            self.clock.sleep(error.retry_after or 0)
        app = self.app()
        app.limits = replace(app.limits, longest_wait=None)
        return do(replace(run, app=app, resumed=1), *args)

    def _report(self, run: TaskRun) -> None:
        report.prune(run)
        self.last = {"run_id": run.run_id, **report_task.report(run)}
        run.mark_ended()

    def task(
        self, run_id: str, task: str, params: Params | None = None, manual: bool = False, number: int = 1
    ) -> TaskRun:
        return TaskRun(
            self.app(), run_id, task, dict(params or {}), manual, number, by_webhook=self.by_webhook and not manual
        )

    def app(self) -> AppContext:
        return AppContext.from_environment(clock=self.clock, limits=self.limits)

    def run_with_retries(self, params: Params | None = None, *, manual: bool = False) -> dict[str, str]:
        """A whole run with the retries of Airflow; returns the state of each task.

        Tasks after a failed one are not run, except the report.
        """
        self.number += 1
        run_id = f"run-{self.number}"
        states: dict[str, str] = {}
        self.last = {}
        for task, do in self.tasks(run_id, params or {}, manual):
            if not task.startswith("extract") and "failed" in states.values():
                break
            states[task] = run_attempts(partial(self._attempt, task, do))
        if "report" not in states:
            states["report"] = run_attempts(partial(self._conclude, run_id, params, manual))
        return states

    def _attempt(self, task: str, do: Callable[[int], Any], number: int) -> None:
        self.before_attempt(task, number)
        do(number)

    def _conclude(self, run_id: str, params: Params | None, manual: bool, number: int) -> None:
        report_task.conclude(self.task(run_id, "report", params, manual, number), self.last.update)

    # --- rules of the org ---

    def refuse(self, sobject: str, field: str = "Name", pattern: str = ".", message: str = "not wanted") -> None:
        """Add a validation rule to the org."""
        self.org.policies.validations.append(ValidationRule(sobject, field, message, pattern=pattern))

    def accept(self, sobject: str) -> None:
        """Remove the org's validation rules for an object."""
        rules = self.org.policies.validations
        rules[:] = [rule for rule in rules if rule.object != sobject]

    # --- state ---

    @property
    def state(self) -> PairState:
        return self.app().state

    @property
    def quarantine(self) -> pd.DataFrame:
        return quarantine.load(self.state)

    def audit(self, run_id: str | None = None) -> pd.DataFrame:
        return audit_log.read(self.state, run_id)

    def accounting(self, run_id: str) -> pd.DataFrame:
        return self.task(run_id, "").folder.read("accounting")

    def record(self, sobject: str, **values: Any) -> dict[str, Any]:
        """The only record with these values."""
        found = [row for row in self.org.rows(sobject) if values.items() <= row.items()]
        assert len(found) == 1, f"{len(found)} {sobject} with {sorted(values)}"
        return found[0]

    def writes(self) -> int:
        """Number of write calls since the last reset of the log."""
        return len([call for call in self.sandbox.calls.list(service="salesforce") if call.call_type in WRITES])


WRITES = {"collections.create", "collections.update", "collections.upsert", "collections.delete"}


@contextmanager
def open_world(
    directory: Path, seed: Any = "empty", *, fast: bool = False, start: datetime = START, **settings: str
) -> Iterator[World]:
    """A world with its own sandbox, store and environment.

    Each world has a temporary folder of its own: the product stores its token there under the org's address, and a
    token of an earlier sandbox with the same port would be tried first.

    Args:
        seed: of the sandbox.
        fast: the product tries each request twice only.
        start: initial time of the sandbox.
        settings: environment variables.
    """
    own = directory / "tmp"
    own.mkdir(parents=True)
    with (
        patch.object(tempfile, "tempdir", str(own)),
        Sandbox(seed=seed, directory=directory / "sandbox", start=start) as sandbox,
    ):
        store = directory / "store"
        ours = {**SETTINGS, **sandbox.connections, "LIVESTORM_SALESFORCE_STORE": f"file://{store}", **settings}
        with patch.dict(os.environ, ours):
            yield World(sandbox, store, limits=FAST if fast else UNLIMITED)
