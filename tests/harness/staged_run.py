"""One DAG run whose stages are called one by one and repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import discover as discover_task
from livestorm_salesforce.tasks import extract as extract_task
from livestorm_salesforce.tasks import load_campaigns as load_campaigns_task
from livestorm_salesforce.tasks import load_members as load_members_task
from livestorm_salesforce.tasks import load_people as load_people_task
from livestorm_salesforce.tasks import plan as plan_task
from livestorm_salesforce.tasks import report as report_task
from tests.harness.world import World

_NUMBERS = count(1)


@dataclass
class StagedRun:
    """The stages of the current run; `start` begins another one. Errors of tasks are raised."""

    world: World
    run_id: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    def task(self, name: str, index: int | None = None, *, try_number: int = 1, manual: bool = True) -> TaskRun:
        task_id = name if index is None else f"{name}-{index}"
        return self.world.task(self.run_id, task_id, self.params, manual, try_number)

    def start(self, **params: Any) -> None:
        self.run_id, self.params = f"test-{next(_NUMBERS)}", params

    def read_and_plan(self, *, manual: bool = True) -> dict[str, Any]:
        found = discover_task.discover(self.task("discover", manual=manual))
        for batch in found["batches"]:
            extract_task.extract(self.task("extract", batch, manual=manual), batch)
        return plan_task.plan(self.task("plan", manual=manual))

    def load(self, *, try_number: int = 1) -> None:
        load_campaigns_task.load_campaigns(self.task("load_campaigns", try_number=try_number))
        load_people_task.load_people(self.task("load_people", try_number=try_number))
        for batch in range(len(self.task("x").folder.read_json("plan")["member_batches"])):
            load_members_task.load_members(self.task("load_members", batch, try_number=try_number), batch)

    def report(self) -> dict[str, Any]:
        return report_task.report(self.task("report"))

    def run(self, *, manual: bool = True, **params: Any) -> dict[str, Any]:
        """All stages of a new run; returns the report."""
        self.start(**params)
        self.read_and_plan(manual=manual)
        if self.params.get("mode") != "preview":
            self.load()
        return self.report()
