"""A DAG run's tasks one after the other, as Airflow would call them; and the small world the tests run them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from include.livestorm_salesforce import pipeline
from include.livestorm_salesforce.pipeline import Run
from include.sandbox import Sandbox
from include.sandbox.livestorm.forms import form

_NUMBERS = count(1)


@dataclass
class Driver:
    """Runs against one sandbox. `run()` is a whole DAG run; its parts can be called and repeated alone."""

    sandbox: Sandbox
    run_id: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    def task(self, name: str, index: int | None = None, *, try_number: int = 1, by_hand: bool = True) -> Run:
        place = name if index is None else f"{name}-{index}"
        return Run(self.run_id, self.params, place, by_hand, try_number)

    def start(self, **params: Any) -> None:
        self.run_id, self.params = f"test-{next(_NUMBERS)}", params

    def read_and_plan(self, *, by_hand: bool = True) -> dict[str, Any]:
        found = pipeline.discover(self.task("discover", by_hand=by_hand))
        for batch in found["batches"]:
            pipeline.extract(self.task("extract", batch, by_hand=by_hand), batch)
        return pipeline.plan(self.task("plan", by_hand=by_hand))

    def load(self, *, try_number: int = 1) -> None:
        pipeline.load_campaigns(self.task("load_campaigns", try_number=try_number))
        pipeline.load_people(self.task("load_people", try_number=try_number))
        for batch in range(len(self.task("x").folder.read_json("plan")["member_batches"])):
            pipeline.load_members(self.task("load_members", batch, try_number=try_number), batch)

    def report(self) -> dict[str, Any]:
        return pipeline.report(self.task("report"))

    def run(self, *, by_hand: bool = True, **params: Any) -> dict[str, Any]:
        """A whole run; returns the report."""
        self.start(**params)
        self.read_and_plan(by_hand=by_hand)
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
