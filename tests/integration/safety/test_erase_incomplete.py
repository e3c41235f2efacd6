"""An erasure that could not search or empty everything names it, erases the rest, and is no success (field C9)."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from livestorm_salesforce.errors import ConfigError, ContractError, TransientError
from livestorm_salesforce.state import erasure
from livestorm_salesforce.state.tables import AuditEntry
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.tasks import erase
from tests.harness.webinar import Webinar
from tests.integration.safety.erasure import ADDRESS, database_texts, with_person


@pytest.fixture
def kept(webinar: Webinar) -> Webinar:
    return with_person(webinar)


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_erased(kept: Webinar) -> None:
    """An erasure that could not search everything does not end as a success (field findings, C9)."""
    run = kept.world.task("run-1", "erase")
    (run.folder.path / "broken.parquet").write_bytes(b"no parquet")
    with pytest.raises(ContractError, match=r"row\(s\) and .* were erased. Not searched: 1 file.*broken.parquet"):
        erase.erase_address(run.app, ADDRESS)
    assert ADDRESS not in "".join(database_texts(kept.world.store))
    (run.folder.path / "broken.parquet").unlink()
    assert erase.erase_address(run.app, ADDRESS)["found after"] == 0


def _damage(folder: Path, kind: str) -> None:
    """Something in a run folder that a search cannot read."""
    if kind == "directory":
        (folder / "plan-first" / "extra.parquet").mkdir()
    elif kind == "damaged plan":
        (folder / "plan-first" / "changes.parquet").write_bytes(b"PAR1")
    elif kind == "unknown kind":
        (folder / "export.xlsx").write_bytes(b"PK\x03\x04")


@pytest.mark.parametrize("kind", ["directory", "damaged plan", "unknown kind"])
def test_whatever_cannot_be_read_is_named_and_the_rest_is_erased(kept: Webinar, kind: str) -> None:
    run = kept.world.task("run-1", "erase")
    _damage(Path(str(run.folder).removeprefix("file://")), kind)
    names = {"directory": "extra.parquet", "damaged plan": "changes.parquet", "unknown kind": "export.xlsx"}
    with pytest.raises(ContractError, match=rf"Not searched: 1 file.*{names[kind]}"):
        erase.erase_address(run.app, ADDRESS)
    assert ADDRESS not in "".join(database_texts(kept.world.store))


def test_a_folder_that_cannot_be_listed_is_named(kept: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    run = kept.world.task("run-1", "erase")
    walk = os.walk

    def denied(root: str, onerror: Callable[[OSError], None], **options: bool) -> Iterator[tuple]:
        onerror(PermissionError(13, "Permission denied", f"{root}/locked"))
        yield from walk(root, onerror=onerror, **options)

    monkeypatch.setattr(os, "walk", denied)
    with pytest.raises(ContractError, match=rf"that cannot be read: {re.escape(str(kept.world.store))}.*/locked\."):
        erase.erase_address(run.app, ADDRESS)


def test_a_file_that_cannot_be_written_is_named(kept: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    """For example an immutable file, or an object that may be read and not replaced."""
    replace = Folder._replace

    def denied(folder: Folder, name: str, *args: Any, **options: Any) -> None:
        if name == "plan.csv":
            raise ConfigError("Access to the store was denied.")
        replace(folder, name, *args, **options)

    monkeypatch.setattr(Folder, "_replace", denied)
    with pytest.raises(ContractError, match=r"still found in 0 row\(s\) .* 2 file\(s\): .*plan.csv"):
        erase.erase_address(kept.world.app(), ADDRESS)
    assert ADDRESS not in "".join(database_texts(kept.world.store))


def test_a_database_in_use_does_not_end_as_a_proof(kept: Webinar) -> None:
    """The write-ahead log of SQLite, which contains earlier values, is emptied once nobody reads it."""
    app = kept.world.app()
    event.listen(app.database.engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout=100"))
    app.database.engine.dispose()
    with sqlite3.connect(kept.world.store / "state.db") as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT count(*) FROM {AuditEntry.__tablename__}").fetchone()  # noqa: S608
        with pytest.raises(TransientError, match="write-ahead log"):
            erase.erase_address(app, ADDRESS)
        reader.rollback()
    assert erase.erase_address(app, ADDRESS)["found after"] == 0


def test_a_run_that_starts_during_an_erasure_is_reported(kept: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    world, count = kept.world, erasure.count

    def start_run(*args: Any) -> int:
        monkeypatch.setattr(erasure, "count", count)
        world.task("meanwhile", "discover").mark_started()
        return count(*args)

    monkeypatch.setattr(erasure, "count", start_run)
    with pytest.raises(ContractError, match="a run has started meanwhile"):
        erase.erase_address(world.app(), ADDRESS)
