"""An erased person is in no stored file any more, and the data of other people is unchanged."""

from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event

from livestorm_salesforce.cli import erase as command
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.errors import ConfigError, ContractError, TransientError
from livestorm_salesforce.state import audit_log, erasure, latest_answers, registrations, sync_state
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import AuditEntry
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.tasks import erase, quarantine
from service_sandbox.livestorm.store import Store
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import World

ADDRESS = "mallory@acme.example"


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the variable that the command sets."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")


@pytest.fixture
def kept(webinar: Webinar) -> Webinar:
    """Runs in which the person was created once, and rejected once in a session of another event."""
    world = webinar.world
    for name in ("ada", "mallory", "mallory.jr"):
        webinar.register(name)
    world.run()
    world.refuse("Lead", "Title", "Refused")
    world.livestorm.edit_registration(webinar.session, ADDRESS, job_title="Refused")
    world.run({"full_read": True}, manual=True)
    assert len(world.quarantine) == 1
    quarantine.settle(world.task("by-hand", "settle"), "list", [], "")
    return webinar


def database_texts(store: Path) -> Iterator[str]:
    """The tables of the state database as text."""
    with sqlite3.connect(store / "state.db") as connection:
        for table in erasure.SEARCHED:
            name = table.__tablename__
            yield pd.read_sql(f"SELECT * FROM {name}", connection).to_csv()  # noqa: S608


def texts(store: Path) -> str:
    """All stored files as text."""
    found = [*database_texts(store)]
    for file in sorted(store.rglob("*")):
        if file.suffix == ".parquet":
            found.append(pd.read_parquet(file).to_csv())
        elif file.suffix == ".gz":
            found.append(gzip.decompress(file.read_bytes()).decode())
        elif file.is_file() and not file.name.startswith("state.db"):
            found.append(file.read_text())
    return "\n".join(found).lower()


def ids(webinar: Webinar) -> list[str]:
    rows = [row for row in webinar.world.livestorm.registrations() if row["email"] == ADDRESS]
    return [rows[0]["id"], webinar.world.record("Lead", Email=ADDRESS)["Id"].lower()]


@pytest.mark.parametrize("by", ["address", "mark"])
def test_all_data_of_the_person_is_removed_and_that_of_others_is_kept(kept: Webinar, by: str) -> None:
    store, run = kept.world.store, kept.world.task("erase", "erase")
    person, lead = ids(kept)
    before = texts(store)
    assert all(word in before for word in (f",{ADDRESS}", person, lead, "malloryson"))
    result = (
        erase.erase_address(run.app, " Mallory@ACME.example\n")
        if by == "address"
        else erase.erase_by_hmac(run.app, erase.hmac_of_address(run.app, ADDRESS))
    )
    after = texts(store)
    assert result["rows"] > 10
    assert result["lines"] >= 2
    assert result["found after"] == 0
    assert not [word for word in (f",{ADDRESS}", person, lead) if word in after]
    for other in ("ada@acme.example", "mallory.jr@acme.example", "adason"):
        assert after.count(other) == before.count(other)
    assert kept.world.quarantine.empty
    assert latest_answers.load(kept.world.state, pd.Series([ADDRESS]), []).empty


def test_unfinished_files_of_a_killed_task_are_erased(kept: Webinar) -> None:
    run = kept.world.task("run-1", "erase")
    (run.folder.path / "registrants.parquet.part-1").write_bytes(b"PAR1 " + ADDRESS.encode())
    result = erase.erase_address(run.app, ADDRESS)
    assert result["unfinished files"] == 1
    assert b"part-" not in b"".join(str(file).encode() for file in kept.world.store.rglob("*"))


def test_the_files_of_the_database_do_not_contain_an_erased_address(kept: Webinar) -> None:
    """SQLite leaves deleted rows in free pages and in its write-ahead log, unless `secure_delete` is on."""
    files = [kept.world.store / f"state.db{suffix}" for suffix in ("", "-wal")]
    assert any(ADDRESS.encode() in file.read_bytes() for file in files)
    erase.erase_address(kept.world.app(), ADDRESS)
    assert not any(ADDRESS.encode() in file.read_bytes() for file in files if file.exists())


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
    with pytest.raises(ContractError, match=r"Not searched: 1 file.*/locked"):
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


@pytest.mark.parametrize(
    "text", ["Mallory <mallory@acme.example>", "mallory@acme.example, ada@acme.example", "mailto:mallory@acme.example"]
)
def test_a_text_with_more_than_an_address_is_an_error(kept: Webinar, text: str) -> None:
    with pytest.raises(ConfigError, match="no e-mail address"):
        erase.erase_address(kept.world.app(), text)


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("mallory+web@acme.example", "Mallory+Web@ACME.example"),
        ("mallory@société.example", "MALLORY@XN--SOCIT-ESAB.EXAMPLE"),
        ("mallory@xn--socit-esab.example", "mallory@Société.example"),
    ],
)
def test_a_person_is_found_by_each_spelling_of_the_address(webinar: Webinar, stored: str, asked: str) -> None:
    world = webinar.world
    world.livestorm.register(webinar.session, stored, "Mal", "Malloryson", fields={"company": "Acme"})
    world.run()
    assert erase.erase_address(world.app(), asked)["found after"] == 0
    assert "malloryson" not in texts(world.store)


def test_values_of_erased_changes_are_removed(kept: Webinar) -> None:
    erase.erase_address(kept.world.app(), ADDRESS)
    assert (
        "refused"
        not in pd.concat([pd.read_parquet(file) for file in kept.world.store.rglob("fields.parquet")])["after"]
        .str.lower()
        .tolist()
    )


def test_the_sync_after_an_erasure_changes_nothing_for_others(kept: Webinar) -> None:
    world = kept.world
    world.livestorm.unregister(kept.session, ADDRESS)
    erase.erase_address(world.app(), ADDRESS)
    count = world.org.writes.count()
    result = world.run({"full_read": True}, manual=True)
    assert result["verdict"] == "ok"
    assert world.org.writes.count() == count


def test_a_text_that_is_not_an_address_is_an_error(kept: Webinar) -> None:
    with pytest.raises(ConfigError, match="no e-mail address"):
        erase.erase_address(kept.world.app(), "  \n")


def test_the_command_reads_the_address_from_standard_input_and_prints_counts_only(
    kept: Webinar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))
    assert command.main([]) == 0
    result = capsys.readouterr().out
    assert '"found after": 0' in result
    assert "mallory" not in result


def test_the_command_prints_the_code_for_the_dag(
    kept: Webinar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))
    assert command.main(["--mark"]) == 0
    result = capsys.readouterr().out.strip().splitlines()[-1]
    assert result == erase.hmac_of_address(kept.world.app(), ADDRESS)


def test_answers_with_other_line_separators_do_not_stop_an_erasure(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("mallory", job_title="one\u2028two\u2029three\x85four")
    webinar.register("ada", job_title="one\u2028two")
    world.run()
    assert erase.erase_address(world.app(), ADDRESS)["found after"] == 0
    assert ADDRESS not in texts(world.store)
    raw = world.task("run-1", "").folder.folder("extract").folder("batch-000").read_lines("raw-000")
    assert [person["attributes"]["email"] for person in raw] == ["ada@acme.example"]


def test_a_person_who_only_mentions_the_address_is_kept(webinar: Webinar) -> None:
    """The answer of a colleague that names the person is erased; other data of the colleague is kept."""
    world = webinar.world
    webinar.register("mallory")
    webinar.register("ada", job_title=f"Friend of {ADDRESS}")
    webinar.register("o'mallory")
    world.run()
    before = world.audit()
    erase.erase_address(world.app(), ADDRESS)
    after = world.audit()
    for lead in ("ada@acme.example", "o'mallory@acme.example"):
        record = world.record("Lead", Email=lead)["Id"]
        mine = before[(before["record_id"] == record) & ~before["after"].str.contains(ADDRESS, na=False)]
        assert len(mine) > 3 and mine["field"].isin(after.loc[after["record_id"] == record, "field"]).all()
    assert len(registrations.load_row_hashes(world.state, [webinar.session])) == 2


def test_a_person_is_found_by_stored_hashes(kept: Webinar) -> None:
    """The run folders are deleted by age, and a dismissed row with a message of Salesforce remains."""
    world = kept.world
    for name in world.app().run_folders.names():
        world.app().run_folders.folder(name).remove()
    audit_log.prune(world.state.database, pd.Timestamp("2100-01-01", tz="UTC"))
    assert len(world.quarantine) == 1
    erase.erase_address(world.app(), ADDRESS)
    assert world.quarantine.empty
    assert len(registrations.load_row_hashes(world.state, [kept.session])) == 2


def test_an_erasure_during_a_run_is_refused(kept: Webinar) -> None:
    world = kept.world
    for task, do in world.tasks("next", {}, False):
        do(1)
        if task == "plan":
            with pytest.raises(ConfigError, match="in progress"):
                erase.erase_address(world.app(), ADDRESS)
    assert erase.erase_address(world.app(), ADDRESS)["found after"] == 0


def test_no_key_is_created_for_the_hmac_of_an_address(webinar: Webinar) -> None:
    with pytest.raises(ConfigError, match="no run has used them"):
        erase.hmac_of_address(webinar.world.app(), ADDRESS)


def test_the_retention_covers_failed_runs_and_other_connection_pairs(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example of a sandbox org that is not used any more."""
    world = webinar.world
    webinar.register("mallory")
    world.run()
    others = PairState(world.state.database, "other", lambda: "key")
    entry = pd.DataFrame([dict.fromkeys(entries.COLUMNS, "x")])
    audit_log.append(others, Attempt("run", "load_people", 1), entry, pd.Timestamp("2026-01-01", tz="UTC"))
    monkeypatch.setenv("LIVESTORM_SALESFORCE_KEEP_RUNS_DAYS", "0.000001")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_KEEP_AUDIT_DAYS", "0.000001")
    world.sandbox.faults.add("error", service="livestorm", nth=tuple(range(1, 40)), status=503)
    assert world.run()["verdict"] == "failed"
    assert audit_log.read(others).empty
    assert audit_log.read(world.state).empty
    assert not world.task("run-1", "").folder.has("report.md")


def test_only_the_owner_may_read_the_store(webinar: Webinar) -> None:
    webinar.world.run()
    assert webinar.world.store.stat().st_mode & 0o077 == 0


def test_the_report_quotes_a_message_only_in_the_row_of_its_registrant(kept: Webinar) -> None:
    """The row has the id by which an erasure finds it."""
    kept.world.run({"full_read": True}, manual=True)
    lines = (Path(kept.world.last["report"].removeprefix("file://"))).read_text().splitlines()
    assert [line for line in lines if "not wanted" in line] == [
        line for line in lines if ids(kept)[0] in line and "not wanted" in line
    ]
    assert any("not wanted" in line for line in lines)


def test_short_ids_remove_no_data_of_others_and_no_state(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Livestorm does not guarantee UUIDs: here ids are numbers, which counts, times and answers contain too."""
    numbers = Counter()
    monkeypatch.setattr(Store, "new_id", lambda store, table: str(numbers.update([table]) or numbers[table]))
    webinar = make_webinar(world)
    for name in ("mallory", "ada", "bob"):
        webinar.register(name, job_title="1")
    world.run()
    before = texts(world.store)
    erase.erase_address(world.app(), ADDRESS)
    assert all(json.loads(file.read_bytes()) is not None for file in world.store.rglob("*.json"))
    after = texts(world.store)
    assert ADDRESS not in after
    assert after.count("ada@acme.example") == before.count("ada@acme.example")
    assert len(sync_state.load(world.state).known) == 1
    assert sorted(registrations.load_row_hashes(world.state, [webinar.session])["person_id"]) == ["2", "3"]
    result = world.run({"full_read": True}, manual=True)
    assert result["verdict"] == "ok"
