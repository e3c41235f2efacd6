"""A world per test, with one webinar to come; further settings by the marker `settings`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from include.sandbox.livestorm.forms import form
from tests.safety import world as worlds

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


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[worlds.World]:
    marker = request.node.get_closest_marker("world")
    options = dict(marker.kwargs) if marker else {}
    with worlds.world(tmp_path, **options) as made:
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
