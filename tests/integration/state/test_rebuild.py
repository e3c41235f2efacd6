"""Damaged caches are read again from the services; other damage stops a run, and doctor names the place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.options import Limits
from livestorm_salesforce.state import health
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import open_world


@pytest.fixture
def webinar(tmp_path: Path) -> Iterator[Webinar]:
    with open_world(tmp_path) as world:
        made = make_webinar(world)
        made.register("ada")
        assert world.run()["verdict"] == "ok"
        yield made


def damage(webinar: Webinar, statement: str, *values: str) -> None:
    with sqlite3.connect(webinar.world.store / "state.db") as connection:
        assert connection.execute(statement, values).rowcount


@pytest.mark.parametrize("value", ["{", "{}", '{"described": {"Lead": {}}, "sha256": "0"}', "[]"])
def test_a_damaged_describe_is_read_again(webinar: Webinar, value: str, caplog: pytest.LogCaptureFixture) -> None:
    world = webinar.world
    damage(webinar, "UPDATE org_describe SET objects = ?", value)
    world.sandbox.calls.reset()
    webinar.register("bob")
    assert world.run()["buckets"]["created"] == 1
    assert "describe of the org is damaged" in caplog.text
    described = [call for call in world.sandbox.calls.list() if "describe" in call.call_type]
    assert described
    world.sandbox.calls.reset()
    webinar.register("eve")
    assert world.run()["buckets"]["created"] == 1
    assert not [call for call in world.sandbox.calls.list() if "describe" in call.call_type]


def test_damaged_times_of_the_rate_limit_are_replaced(webinar: Webinar, caplog: pytest.LogCaptureFixture) -> None:
    webinar.world.limits = Limits()  # with the limit of calls per second
    webinar.world.run()
    damage(webinar, "UPDATE rate_window SET times = '[1,'")
    webinar.register("bob")
    assert webinar.world.run()["verdict"] == "ok"
    assert caplog.text.count("times of Livestorm calls are damaged") == 1


def test_other_damage_stops_the_run_and_doctor_names_the_place(webinar: Webinar) -> None:
    world = webinar.world
    damage(webinar, "UPDATE latest_answer SET times = '{'")
    webinar.register("ada.second")
    world.sandbox.org.writes.reset()
    error = world.run({"full_read": True}, manual=True)["error"]
    assert isinstance(error, ConfigError)
    assert "damaged value" in str(error)
    assert "livestorm-salesforce doctor" in str(error)
    assert world.org.writes.count() == 0
    problems = [problem for problem in health.problems(world.app().database) if "cannot be read" in problem]
    assert len(problems) == 1
    assert "1 value(s) of latest_answer.times" in problems[0]
