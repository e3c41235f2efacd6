"""Backup and restore as docs/operate/maintenance.md describes them, and the loss of all run folders."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from livestorm_salesforce.state.opening import open_database
from tests.harness.postgresql import Server, program_path
from tests.harness.webinar import make_webinar
from tests.harness.world import World, open_world


def load_one(world: World) -> int:
    """Load one person, and return the number of audit entries."""
    make_webinar(world).register("ada")
    assert world.run()["verdict"] == "ok"
    return len(world.audit())


def check_restored(world: World, entries: int) -> None:
    """The next run finds nothing to do, and the audit log is complete."""
    world.sandbox.org.writes.reset()
    assert world.run({"full_read": True}, manual=True)["buckets"]["unchanged"] == 1
    assert world.org.writes.count() == 0
    assert len(world.audit()) == entries


def test_sqlite_is_restored_from_a_backup(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        entries = load_one(world)
        file, copy = world.store / "state.db", tmp_path / "copy.db"
        with sqlite3.connect(file) as source, sqlite3.connect(copy) as target:
            source.backup(target)
        world.app().database.engine.dispose()
        for lost in world.store.glob("state.db*"):
            if lost.suffix != ".created":
                lost.unlink()
        shutil.copy(copy, file)
        check_restored(world, entries)


def test_postgresql_is_restored_from_a_dump(server: Server, tmp_path: Path) -> None:
    before, after = server.create_database(), server.create_database()
    dump = tmp_path / "state.dump"
    with open_world(tmp_path, LIVESTORM_SALESFORCE_DATABASE=before) as world:
        entries = load_one(world)
        words = ["--format", "custom", "--schema", "livestorm_salesforce", "--file", str(dump), before]
        subprocess.run([program_path("pg_dump"), *words], check=True)  # noqa: S603
        subprocess.run([program_path("pg_restore"), "--dbname", after, str(dump)], check=True)  # noqa: S603
        open_database(before).engine.dispose()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LIVESTORM_SALESFORCE_DATABASE", after)
            check_restored(world, entries)


def test_losing_all_run_folders_loses_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        entries = load_one(world)
        shutil.rmtree(world.store / "runs")
        check_restored(world, entries)
