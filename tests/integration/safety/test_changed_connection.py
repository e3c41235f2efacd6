"""A connection is edited during a run: nothing of the run is written to the other org (field findings, C14, C17)."""

from __future__ import annotations

import os
import shutil
from itertools import islice
from pathlib import Path

import pytest

from livestorm_salesforce.errors import PairChanged, StalePlan
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Options
from livestorm_salesforce.tasks.load_people import load_people
from service_sandbox import Sandbox
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import START, World

SALESFORCE, LIVESTORM = "AIRFLOW_CONN_SALESFORCE_DEFAULT", "AIRFLOW_CONN_LIVESTORM_DEFAULT"
STORE = "LIVESTORM_SALESFORCE_STORE"


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0"])
def test_nothing_is_written_to_the_org_of_an_edited_connection(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    world = webinar.world
    webinar.register("ada")
    with Sandbox(seed="empty", directory=tmp_path / "other") as other:

        def edit_connection(name: str) -> None:
            if name == task:
                monkeypatch.setenv(SALESFORCE, other.connections[SALESFORCE])

        world.before = edit_connection
        last = world.run()
        assert isinstance(last["error"], PairChanged)
        assert "lead to another pair than before" in str(last["error"])
        assert other.org.writes.count() == 0
        assert not other.org.rows("Lead")
        assert not other.org.rows("Campaign")


def test_a_load_of_a_run_that_never_started_says_so(webinar: Webinar) -> None:
    with pytest.raises(StalePlan, match="never started"):
        load_people(webinar.world.task("never", "load_people"))


def test_the_org_behind_an_unchanged_connection_is_checked_at_login(webinar: Webinar) -> None:
    """A refreshed sandbox org has another id at the same address."""
    world = webinar.world
    webinar.register("ada")
    world.run()
    users = world.org.users
    users.organization_id = f"00D{'9' * 12}{users.organization_id[15:]}"
    world.sandbox.salesforce_api.auth.expire_all()
    webinar.register("bob")
    writes = world.org.writes.count()
    assert isinstance(world.run()["error"], PairChanged)
    assert world.org.writes.count() == writes
    before = world.app().pair
    confirmed = AppContext.from_environment(options=Options(confirm_new_pair=True), limits=world.limits).pair
    assert confirmed != before and world.app().pair == confirmed
    assert world.run()["verdict"] == "ok"


def test_a_task_reads_each_connection_once(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is edited during a task does not mix the accounts of the state and of the client."""
    world = webinar.world
    world.run()
    with Sandbox(seed="empty", directory=tmp_path / "other") as other:
        app = world.app()
        assert app.pair
        for name in (SALESFORCE, LIVESTORM):
            monkeypatch.setenv(name, other.connections[name])
        app.livestorm.ping()
        app.salesforce.org_id()
        assert not other.calls.list()


def test_a_run_folder_of_another_pair_is_not_used(webinar: Webinar, tmp_path: Path) -> None:
    """A store was restored or copied by hand into the folder of another pair."""
    world = webinar.world
    webinar.register("ada")
    tasks = world.tasks("run-1", {}, False)
    for name, do in tasks:
        do(1)
        if name == "plan":
            break
    original, copied = (Path(str(world.task(name, "").folder).removeprefix("file://")) for name in ("run-1", "copied"))
    shutil.copytree(original, copied)
    started = copied / "started.json"
    started.write_text(started.read_text().replace(world.app().pair, "0" * 16))
    with pytest.raises(StalePlan):
        load_people(world.task("copied", "load_people"))
    assert not world.org.rows("Lead")


@pytest.mark.parametrize("shared_store", [False, True])
def test_two_deployments_with_one_database_create_nobody_twice(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, shared_store: bool
) -> None:
    """Scheduled runs of both have the same id and have planned the same person before either has written."""
    world = webinar.world
    webinar.register("ada")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_DATABASE", f"sqlite:///{tmp_path}/state.db")
    stores = [tmp_path / "first", tmp_path / ("first" if shared_store else "second")]
    runs = [world.tasks("scheduled", {}, False) for _ in stores]
    planned = []
    for store, tasks in zip(stores, runs, strict=True):
        monkeypatch.setenv(STORE, f"file://{store}")
        for name, do in tasks:
            do(1)
            if name == "plan":
                planned.append(name)
                break
    for store, tasks in zip(stores, runs, strict=True):
        monkeypatch.setenv(STORE, f"file://{store}")
        for _, do in tasks:
            do(1)
    assert len(planned) == 2
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1


def test_two_pairs_with_one_store_and_one_run_id_keep_their_people_apart(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two Airflows with one database and one store, one for each org; their scheduled runs have the same id and take
    turns (field findings, C16)."""
    world = webinar.world
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    webinar.register("bob")
    world.sandbox.clock.advance(hours=1)
    first = {name: os.environ[name] for name in (SALESFORCE, LIVESTORM)}
    with Sandbox(seed="empty", directory=tmp_path / "other", start=START) as other:
        users = other.org.users
        users.organization_id = f"00D{'9' * 12}{users.organization_id[15:]}"
        second = World(other, world.store)
        make_webinar(second, "Second").register("cyd")
        others = {name: other.connections[name] for name in first}
        connect(monkeypatch, others)
        assert AppContext.from_environment(options=Options(confirm_new_pair=True)).pair
        runs = [(side.tasks("scheduled", {}, False), env) for side, env in ((world, first), (second, others))]
        while runs:
            tasks, connections = runs.pop(0)
            connect(monkeypatch, connections)
            for _, do in islice(tasks, 1):
                do(1)
                runs.append((tasks, connections))
        assert [side.last["verdict"] for side in (world, second)] == ["ok", "ok"]
        assert people_of(world) == ["ada@acme.example", "bob@acme.example"]
        assert people_of(second) == ["cyd@acme.example"]
        assert set(second.audit("scheduled")["source_key"].dropna()) & set(people_of(world)) == set()


def connect(monkeypatch: pytest.MonkeyPatch, connections: dict[str, str]) -> None:
    for name, value in connections.items():
        monkeypatch.setenv(name, value)


def people_of(world: World) -> list[str]:
    return sorted(row["Email"] for row in world.org.rows("Lead"))
