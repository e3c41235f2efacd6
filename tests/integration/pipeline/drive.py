"""A DAG run's tasks one after the other, as Airflow would call them; and the small world the tests run them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import discover as discover_task
from livestorm_salesforce.tasks import extract as extract_task
from livestorm_salesforce.tasks import load_campaigns as load_campaigns_task
from livestorm_salesforce.tasks import load_members as load_members_task
from livestorm_salesforce.tasks import load_people as load_people_task
from livestorm_salesforce.tasks import plan as plan_task
from livestorm_salesforce.tasks import report as report_task
from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form

_NUMBERS = count(1)


@dataclass
class Driver:
    """Runs against one sandbox. `run()` is a whole DAG run; its parts can be called and repeated alone."""

    sandbox: Sandbox
    run_id: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    def task(self, name: str, index: int | None = None, *, try_number: int = 1, manual: bool = True) -> TaskRun:
        place = name if index is None else f"{name}-{index}"
        return TaskRun(AppContext.from_environment(), self.run_id, place, self.params, manual, try_number)

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
        """A whole run; returns the report."""
        self.start(**params)
        self.read_and_plan(manual=manual)
        if self.params.get("mode") != "preview":
            self.load()
        return self.report()


def webinar(
    sandbox: Sandbox, people: int = 5, *, hours: float = 2, title: str = "Autumn tour"
) -> tuple[str, list[str]]:
    """An event with one session in some hours, and its registrants' addresses; returns session id and addresses."""
    workspace = sandbox.livestorm
    fields = form("email", "first_name", "last_name", "company", "job_title", "city", "country")
    event = workspace.add_event(title, estimated_duration=45, fields=fields)
    session = workspace.add_session(event, sandbox.clock.now() + timedelta(hours=hours))
    addresses = [f"person{number}@company{number % 3}.example" for number in range(people)]
    for number, address in enumerate(addresses):
        answers = {"company": f"Company {number % 3}", "job_title": "Engineer", "city": "Lyon", "country": "France"}
        workspace.register(session, address, f"First{number}", f"Last{number}", fields=answers)
    return session, addresses


def members(sandbox: Sandbox) -> dict[str, str]:
    """Address to Status of the live members."""
    people = {row["Id"]: row["Email"] for name in ("Lead", "Contact") for row in sandbox.org.rows(name)}
    return {
        people[row["ContactId"] or row["LeadId"]].lower(): row["Status"] for row in sandbox.org.rows("CampaignMember")
    }
