"""A state database that was set up again, or another one, is not taken for that of a new installation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from livestorm_salesforce.cli import db, pair
from livestorm_salesforce.errors import ConfigError
from tests.harness.webinar import Webinar

DATABASE = "LIVESTORM_SALESFORCE_DATABASE"


@pytest.fixture
def lost(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webinar:
    """Bob's Lead was deleted, then the setting names an empty database."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    world = webinar.world
    for name in ("ada", "bob"):
        webinar.register(name)
    assert world.run()["verdict"] == "ok"
    world.org.delete(world.record("Lead", Email="bob@acme.example")["Id"])
    monkeypatch.setenv(DATABASE, f"sqlite:///{tmp_path}/another.db")
    return webinar


def test_the_run_stops_before_it_writes(lost: Webinar, capsys: pytest.CaptureFixture[str]) -> None:
    world = lost.world
    writes = world.org.writes.count()
    error = world.run({"full_read": True}, manual=True)["error"]
    assert isinstance(error, ConfigError) and "the state was lost, or the setting names another database" in str(error)
    assert "pair --confirm" in str(error) and "the audit log" in str(error)
    assert world.org.writes.count() == writes
    assert pair.main([]) == 1 and "does not know this pair" in capsys.readouterr().err


def test_the_right_database_goes_on(lost: Webinar) -> None:
    del os.environ[DATABASE]
    world = lost.world
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert [problem["code"] for problem in world.last["problems"]] == ["RECORD_DELETED"]


@pytest.mark.parametrize("command", [lambda: pair.main(["--confirm"]), lambda: db.main(["create"])], ids=["pair", "db"])
def test_a_person_confirms_that_the_state_begins_again(lost: Webinar, command) -> None:
    world = lost.world
    assert command() == 0
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    emails = sorted(row["Email"] for row in world.org.rows("Lead"))
    assert emails == ["ada@acme.example", "bob@acme.example"], "who was deleted is not known any more"


def test_creating_a_database_that_has_pairs_confirms_nothing(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server the command keeps the tables that exist."""
    world = webinar.world
    webinar.register("ada")
    world.run()
    monkeypatch.setattr(db.migrate, "create", lambda database: None)
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    assert db.main(["create"]) == 0
    assert not world.app().store.has("database-created.json")


def test_a_database_created_before_the_first_run_does_not_confirm_a_later_loss(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    world = webinar.world
    assert db.main(["create"]) == 0
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    monkeypatch.setenv(DATABASE, f"sqlite:///{tmp_path}/another.db")
    assert isinstance(world.run()["error"], ConfigError)
