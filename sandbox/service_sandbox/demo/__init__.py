"""The demo content: webinars of a French software company and its Salesforce org, generated from word lists.

All values are drawn from one seeded generator and placed around the start of the seed. Two demo sandboxes with the same
start have the same content, including ids.
"""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service_sandbox.demo.agenda import add_agenda
from service_sandbox.demo.audience import Audience
from service_sandbox.demo.crm import fill_org
from service_sandbox.demo.population import Population
from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.salesforce import Org

COMPANY, SEED = "Nuvella", 2026
FOLDER = Path(__file__).parent


def fill(workspace: Workspace, org: Org, start: datetime, labels: dict[str, str]) -> None:
    """Adds the demo content to both services, and ids by label to `labels`."""
    draw = random.Random(SEED)  # noqa: S311 - a repeatable draw, no secret
    population = Population(_read("words"), draw)
    webinars = _read("webinars")
    sessions = add_agenda(workspace, webinars, start, labels)
    audience = Audience(workspace, population, _read("odd_people"), draw, start)
    for session in sessions:
        audience.fill(session, webinars)
    fill_org(org, population, audience.registered, draw, start, labels)


def _read(name: str) -> Any:
    return YAML(typ="safe").load(FOLDER / f"{name}.yaml")
