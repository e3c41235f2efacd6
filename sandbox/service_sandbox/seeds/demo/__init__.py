"""The demo seed: a French software company's webinars and its Salesforce org, made anew from word lists each time.

Everything is drawn from one seeded generator and placed around the seed's start, so two demo sandboxes that start at
the same moment hold the same, ids included.
"""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.salesforce import Org
from service_sandbox.seeds.demo.agenda import plant_agenda
from service_sandbox.seeds.demo.audience import Audience
from service_sandbox.seeds.demo.company import plant_company
from service_sandbox.seeds.demo.population import Population
from service_sandbox.seeds.loader import Seed, load

HERE = Path(__file__).parent
SEED = 2026


def read(name: str) -> Any:
    """One of this folder's YAML files."""
    return YAML(typ="safe").load(HERE / f"{name}.yaml")


def demo() -> Seed:
    """The seed, with the custom fields of `empty`."""
    base = load("empty")
    return Seed(name="Nuvella", seed=SEED, org=base.org, planters=[plant])


def plant(workspace: Workspace, org: Org, start: datetime, labels: dict[str, str]) -> None:
    """Fill both services."""
    draw = random.Random(SEED)  # noqa: S311 - a repeatable draw, no secret
    population = Population(read("words"), draw)
    webinars = read("webinars")
    sessions = plant_agenda(workspace, webinars, start, labels)
    audience = Audience(workspace, population, read("odd_people"), draw, start)
    for session in sessions:
        audience.fill(session, webinars)
    plant_company(org, population, audience.registered, draw, start, labels)
