"""Damaged answers of a service end in a defined error, and the next runs leave the org as it would be without them."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from livestorm_salesforce.errors import SyncError
from tests.faults import livestorm_damage
from tests.faults.mangling import mangled_answers
from tests.harness import world as worlds
from tests.harness.webinar import make_webinar
from tests.harness.world import World

PEOPLE = ("ada", "bob", "cyd")
SEEDS = range(4)
LIVESTORM_SEEDS = int(os.environ.get("LIVESTORM_SEEDS", "6"))


def play(world: World, rng: Random | None, **damage: Any) -> tuple[dict[str, Any], list[str]]:
    """Two runs, the second after changes, then two whose answers are intact.

    `World.run` catches the errors that the product defines; any other exception fails the test.
    """
    world.org.insert("Lead", [{"LastName": "Known", "Company": "Old", "Email": "ADA@acme.example", "Title": "Dr."}])
    webinar = make_webinar(world)
    damaged: list[str] = []
    for moment in range(2):
        if moment == 0:
            for name in PEOPLE:
                webinar.register(name)
        else:
            webinar.register("dan")
            world.livestorm.edit_registration(webinar.session, "bob@acme.example", job_title="Director")
            world.sandbox.clock.advance(hours=1)
        with mangled_answers(rng, **damage) as hit:
            report = world.run({"full_read": True} if moment else {}, manual=True)
        damaged += hit
        check_error(report.get("error"))
    for _ in range(2):
        world.sandbox.clock.advance(days=1.1)
        last = world.run({"full_read": True}, manual=True)
    assert last["verdict"] == "ok", last
    return world.org.content(), damaged


def check_error(error: SyncError | None) -> None:
    """An error names a remedy and no person."""
    if error is not None:
        assert error.remedy and "Remedy: " in str(error)
        assert not any(f"{name}@" in str(error).lower() for name in (*PEOPLE, "dan")), error


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with worlds.open_world(tmp_path_factory.mktemp("intact") / "world", seed(), fast=True) as world:
        return play(world, None)[0]


def seed() -> dict[str, Any]:
    return {"extends": "empty", "livestorm": {"seed": 1, "settings": {"interval_limit": 0}}}


@pytest.mark.parametrize("number", SEEDS)
def test_damaged_answers_end_in_a_defined_error_and_no_wrong_write(
    tmp_path: Path, wanted: dict[str, Any], number: int
) -> None:
    with worlds.open_world(tmp_path / "world", seed(), fast=True) as world:
        content, damaged = play(world, Random(f"mangled {number}"))  # noqa: S311 a repeatable draw
    assert content == wanted, damaged


@pytest.mark.parametrize("number", range(LIVESTORM_SEEDS))
def test_damaged_answers_of_livestorm_are_errors_or_reported_rows(
    tmp_path: Path, wanted: dict[str, Any], number: int
) -> None:
    with worlds.open_world(tmp_path / "world", seed(), fast=True) as world:
        rng = Random(f"livestorm {number}")  # noqa: S311 a repeatable draw
        content, damaged = play(world, rng, damage=livestorm_damage.damaged, path="/v1/")
    assert content == wanted, damaged
