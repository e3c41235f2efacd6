"""What a comparison costs when records are followed by their stored ids (docs/reference/cost-model.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path / "world", fast=True) as made:
        yield made


@pytest.fixture
def synced(world: World) -> Webinar:
    webinar = make_webinar(world)
    for name in ("ada", "bob", "cyd", "dan"):
        webinar.register(name)
    world.run()
    return webinar


def lead(world: World, name: str) -> str:
    return str(world.record("Lead", Email=f"{name}@acme.example")["Id"])


def calls(world: World) -> int:
    """Calls to Salesforce of a comparison of everybody."""
    world.sandbox.calls.reset()
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    return int(world.sandbox.calls.count(service="salesforce"))


def test_calls_of_a_comparison(synced: Webinar) -> None:
    world = synced.world
    assert calls(world) == 2
    world.org.edit(lead(world, "ada"), Email="ada.l@acme.example")
    assert calls(world) == 3
    world.org.delete(lead(world, "cyd"))
    assert calls(world) == 4
    member = next(row["Id"] for row in world.org.rows("CampaignMember") if row["LeadId"] == lead(world, "dan"))
    world.org.delete(member)
    assert calls(world) == 4
