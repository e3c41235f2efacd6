"""An org that stores less than 80 characters of a Campaign's name: sessions stay distinguishable (field A20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.harness import world
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import World

TITLE = "How to plan a whole year of webinars with a very small team and a budget"
SHORTENS = {"flows": [{"object": "Campaign", "field": "Name", "pattern": "^(.{40}).*$", "replace": r"\1"}]}


def opened(tmp_path: Path, org: dict[str, Any]) -> Iterator[World]:
    seed = {"extends": "empty", "livestorm": {"settings": {"interval_limit": 0}}, "salesforce": {"org": org}}
    with world.open_world(tmp_path, seed, fast=True) as made:
        yield made


def two_sessions(made: World) -> Webinar:
    """Two sessions of one event, a day apart."""
    webinar = make_webinar(made, TITLE)
    made.livestorm.add_session(webinar.event, made.sandbox.clock.now() + timedelta(days=2))
    return webinar


def names(made: World) -> list[str]:
    return sorted(row["Name"] for row in made.org.rows("Campaign"))


@pytest.fixture
def shortening(tmp_path: Path) -> Iterator[World]:
    yield from opened(tmp_path, SHORTENS)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[World]:
    yield from opened(tmp_path, {})


def test_a_trigger_that_stores_the_beginning_gets_a_shorter_name_once(shortening: World) -> None:
    two_sessions(shortening)
    shortening.run()
    assert len(set(names(shortening))) == 1, "the org has cut the dates"
    shortening.sandbox.clock.advance(hours=1)
    shortening.run()
    found = names(shortening)
    assert [name[-13:] for name in found] == [" - 2026-11-24", " - 2026-11-25"]
    assert {len(name) for name in found} == {40}
    assert any(problem["code"] == "VALUE_CUT" for problem in shortening.last["problems"])
    writes = shortening.org.writes.count()
    for _ in range(2):
        shortening.sandbox.clock.advance(hours=1)
        shortening.run({"full_read": True}, manual=True)
    assert names(shortening) == found
    assert shortening.org.writes.count() == writes


def test_a_user_who_removes_the_date_is_overwritten(plain: World) -> None:
    """As before: the mapping's policy decides about edits in Salesforce."""
    make_webinar(plain, TITLE)
    plain.run()
    (before,) = names(plain)
    plain.sandbox.clock.advance(hours=1)
    plain.org.edit(plain.record("Campaign")["Id"], Name=TITLE)
    plain.run()
    assert names(plain) == [before]


@pytest.mark.parametrize("length", [60, 30])
def test_the_length_of_the_described_field_is_used(plain: World, length: int) -> None:
    plain.org.schema["Campaign"].fields["Name"].length = length
    two_sessions(plain)
    assert plain.run()["verdict"] == "ok"
    assert [name[-13:] for name in names(plain)] == [" - 2026-11-24", " - 2026-11-25"]
    assert {len(name) <= length for name in names(plain)} == {True}


def test_a_name_that_is_rejected_as_too_long_keeps_its_date(plain: World) -> None:
    """The field is shorter than the cached description."""
    plain.run()
    plain.org.schema["Campaign"].fields["Name"].length = 50
    two_sessions(plain)
    plain.sandbox.clock.advance(hours=1)
    plain.run()
    found = names(plain)
    assert [name[-13:] for name in found] == [" - 2026-11-24", " - 2026-11-25"]
    writes = plain.org.writes.count()
    plain.sandbox.clock.advance(hours=1)
    plain.run({"full_read": True}, manual=True)
    assert (names(plain), plain.org.writes.count()) == (found, writes)
