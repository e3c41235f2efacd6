"""A world per test, with one webinar to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.harness.webinar import Tour, Webinar, link, make_webinar
from tests.harness.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made


@pytest.fixture
def webinar(world: World) -> Webinar:
    return make_webinar(world)


@pytest.fixture
def tour(webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tour:
    """An event with a session tomorrow and one in a week, and the Campaign that both are linked to."""
    world = webinar.world
    later = world.livestorm.add_session(webinar.event, world.sandbox.clock.now() + timedelta(days=7))
    (campaign,) = world.org.insert("Campaign", [{"Name": "Tour"}])
    link(monkeypatch, tmp_path, f"events: {{{webinar.event}: {campaign}}}")
    return webinar, Webinar(world, webinar.event, later), campaign


@pytest.fixture
def refusing(webinar: Webinar) -> Webinar:
    """The org rejects one of two registrants."""
    webinar.world.refuse("Lead", "LastName", "Malloryson")
    webinar.register("ada")
    webinar.register("mallory")
    return webinar
