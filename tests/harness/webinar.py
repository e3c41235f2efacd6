"""Webinars and helpers that tests of runs share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from livestorm_salesforce.tasks import undo
from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form
from tests.harness.world import World

MARK = "Livestorm_Key__c"
ANSWERS = {"company": "Acme", "job_title": "Analyst"}


@dataclass
class Webinar:
    """One event with one session that starts in a day and lasts an hour."""

    world: World
    event: str
    session: str

    def register(self, name: str, **fields: str) -> str:
        first = fields.pop("first_name", name.capitalize())
        last = fields.pop("last_name", f"{name.capitalize()}son")
        return self.world.livestorm.register(
            self.session, f"{name}@acme.example", first, last, fields={**ANSWERS, **fields}
        )


Tour = tuple[Webinar, Webinar, str]


def make_webinar(world: World, title: str = "Product tour") -> Webinar:
    event = world.livestorm.add_event(
        title, estimated_duration=60, fields=form("email", "first_name", "last_name", "company", "job_title")
    )
    start = world.sandbox.clock.now() + timedelta(days=1)
    return Webinar(world, event, world.livestorm.add_session(event, start))


def add_mark(webinar: Webinar) -> None:
    for name in ("Lead", "Contact"):
        webinar.world.org.add_field(name, MARK, label="Livestorm Key", length=64, unique=True, external_id=True)


def run_undo(world: World, run_id: str = "run-1", *, apply: bool = True, **params: object) -> dict:
    world.number += 1
    name = f"undo-{world.number}"
    params = {"run_id": run_id, "mode": "apply" if apply else "preview", **params}
    summary = undo.plan_undo(world.task(name, "plan_undo", params))
    if apply:
        undo.undo(world.task(name, "undo", params))
    return summary | undo.report(world.task(name, "report", params))


def members(world: World, campaign: str | None = None) -> dict[str, str]:
    """First part of the address to Status, of the living members (of one Campaign)."""
    leads = {row["Id"]: row["Email"].split("@")[0] for row in world.org.rows("Lead")}
    rows = [row for row in world.org.rows("CampaignMember") if campaign in (None, row["CampaignId"])]
    return {leads[row["LeadId"]]: row["Status"] for row in rows}


def link(monkeypatch: pytest.MonkeyPatch, folder: Path, words: str, more: str = "") -> None:
    (folder / "mapping.yaml").write_text(f"version: 1\ncampaign: {{link: {{{words}}}}}\n{more}")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(folder / "mapping.yaml"))


def add_webinar(
    sandbox: Sandbox, people: int = 5, *, hours: float = 2, title: str = "Autumn tour"
) -> tuple[str, list[str]]:
    """An event with one session in some hours and its registrants; returns session id and e-mail addresses."""
    workspace = sandbox.livestorm
    fields = form("email", "first_name", "last_name", "company", "job_title", "city", "country")
    event = workspace.add_event(title, estimated_duration=45, fields=fields)
    session = workspace.add_session(event, sandbox.clock.now() + timedelta(hours=hours))
    addresses = [f"person{number}@company{number % 3}.example" for number in range(people)]
    for number, address in enumerate(addresses):
        answers = {"company": f"Company {number % 3}", "job_title": "Engineer", "city": "Lyon", "country": "France"}
        workspace.register(session, address, f"First{number}", f"Last{number}", fields=answers)
    return session, addresses


def member_statuses(sandbox: Sandbox) -> dict[str, str]:
    """E-mail address to Status of the members."""
    people = {row["Id"]: row["Email"] for name in ("Lead", "Contact") for row in sandbox.org.rows(name)}
    return {
        people[row["ContactId"] or row["LeadId"]].lower(): row["Status"] for row in sandbox.org.rows("CampaignMember")
    }
