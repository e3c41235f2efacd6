"""An erased person is in no stored file any more, and the data of other people is unchanged."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from livestorm_salesforce.cli import erase as command
from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state import audit_log, latest_answers, registrations
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.tasks import erase
from tests.harness.webinar import Webinar
from tests.integration.safety.erasure import ADDRESS, texts, with_person


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the variable that the command sets."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")


@pytest.fixture
def kept(webinar: Webinar) -> Webinar:
    return with_person(webinar)


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
