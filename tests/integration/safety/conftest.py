"""A world per test, with one webinar to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from livestorm_salesforce.tasks import undo
from service_sandbox.livestorm.forms import form
from tests.integration.safety import world as worlds

MARK = "Livestorm_Key__c"
ANSWERS = {"company": "Acme", "job_title": "Analyst"}


@dataclass
class Webinar:
    """One event with one session that starts in a day and lasts an hour."""

    world: worlds.World
    event: str
    session: str

    def register(self, name: str, **fields: str) -> str:
        first = fields.pop("first_name", name.capitalize())
        last = fields.pop("last_name", f"{name.capitalize()}son")
        return self.world.livestorm.register(
            self.session, f"{name}@acme.example", first, last, fields={**ANSWERS, **fields}
        )


Tour = tuple[Webinar, Webinar, str]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[worlds.World]:
    with worlds.world(tmp_path) as made:
        yield made


@pytest.fixture
def webinar(world: worlds.World) -> Webinar:
    return make_webinar(world)


def make_webinar(world: worlds.World, title: str = "Product tour") -> Webinar:
    event = world.livestorm.add_event(
        title, estimated_duration=60, fields=form("email", "first_name", "last_name", "company", "job_title")
    )
    start = world.sandbox.clock.now() + timedelta(days=1)
    return Webinar(world, event, world.livestorm.add_session(event, start))


@pytest.fixture
def tour(webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tour:
    """An event with a session tomorrow and one in a week, and the Campaign that both are linked to."""
    world = webinar.world
    later = world.livestorm.add_session(webinar.event, world.sandbox.clock.now() + timedelta(days=7))
    (campaign,) = world.org.insert("Campaign", [{"Name": "Tour"}])
    link(monkeypatch, tmp_path, f"events: {{{webinar.event}: {campaign}}}")
    return webinar, Webinar(world, webinar.event, later), campaign


def add_mark(webinar: Webinar) -> None:
    for name in ("Lead", "Contact"):
        webinar.world.org.add_field(name, MARK, label="Livestorm Key", length=64, unique=True, external_id=True)


def take_back(world: worlds.World, run_id: str = "run-1", *, apply: bool = True, **params: object) -> dict:
    world.number += 1
    name = f"undo-{world.number}"
    asked = {"run_id": run_id, "mode": "apply" if apply else "preview", **params}
    told = undo.plan_undo(world.task(name, "plan_undo", asked))
    if apply:
        undo.undo(world.task(name, "undo", asked))
    return told | undo.report(world.task(name, "report", asked))


def members(world: worlds.World, campaign: str | None = None) -> dict[str, str]:
    """First part of the address to Status, of the living members (of one Campaign)."""
    leads = {row["Id"]: row["Email"].split("@")[0] for row in world.org.rows("Lead")}
    rows = [row for row in world.org.rows("CampaignMember") if campaign in (None, row["CampaignId"])]
    return {leads[row["LeadId"]]: row["Status"] for row in rows}


def link(monkeypatch: pytest.MonkeyPatch, folder: Path, words: str, more: str = "") -> None:
    (folder / "mapping.yaml").write_text(f"version: 1\ncampaign: {{link: {{{words}}}}}\n{more}")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(folder / "mapping.yaml"))
