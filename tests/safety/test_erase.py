"""A person who is erased is in none of our files any more; everybody else is."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pandas as pd
import pytest

from include.livestorm_salesforce import erase as command
from include.livestorm_salesforce.core.newest import key_hash
from include.livestorm_salesforce.errors import ConfigError
from include.livestorm_salesforce.pipeline import audit, erase, quarantine
from tests.safety.conftest import Webinar

ADDRESS = "mallory@acme.example"


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command sets for itself does not outlive the test."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")


@pytest.fixture
def kept(webinar: Webinar) -> Webinar:
    """Runs in which the person was created once, and refused once under a session of another event."""
    world = webinar.world
    for name in ("ada", "mallory", "mallory.jr"):
        webinar.register(name)
    world.run()
    world.refuse("Lead", "Title", "Refused")
    world.livestorm.edit_registration(webinar.session, ADDRESS, job_title="Refused")
    world.run({"full_read": True}, by_hand=True)
    assert len(world.quarantine) == 1
    quarantine.settle(world.task("by-hand", "settle"), "list", [], "")
    return webinar


def texts(store: Path) -> str:
    """Everything that is kept, as text."""
    found = []
    for file in sorted(store.rglob("*")):
        if file.suffix == ".parquet":
            found.append(pd.read_parquet(file).to_csv())
        elif file.suffix == ".gz":
            found.append(gzip.decompress(file.read_bytes()).decode())
        elif file.is_file():
            found.append(file.read_text())
    return "\n".join(found).lower()


def ids(webinar: Webinar) -> list[str]:
    rows = [row for row in webinar.world.livestorm.registrations() if row["email"] == ADDRESS]
    return [rows[0]["id"], webinar.world.record("Lead", Email=ADDRESS)["Id"].lower()]


@pytest.mark.parametrize("by", ["address", "mark"])
def test_nothing_of_the_person_is_left_and_all_of_the_others_is(kept: Webinar, by: str) -> None:
    store, run = kept.world.store, kept.world.task("erase", "erase")
    person, lead = ids(kept)
    before = texts(store)
    assert all(word in before for word in (f",{ADDRESS}", person, lead, "malloryson"))
    told = (
        erase.erase_address(run, " Mallory@ACME.example\n")
        if by == "address"
        else erase.erase_mark(run, erase.mark(run, ADDRESS))
    )
    after = texts(store)
    assert told["rows"] > 10
    assert told["lines"] >= 2
    assert told["found after"] == 0
    assert not [word for word in (f",{ADDRESS}", person, lead) if word in after]
    for other in ("ada@acme.example", "mallory.jr@acme.example", "adason"):
        assert after.count(other) == before.count(other)
    assert kept.world.quarantine.empty
    newest = kept.world.state.read("newest")
    assert not newest["key_hash"].isin(key_hash(pd.Series([ADDRESS]))).any()


def test_what_a_killed_task_left_half_written_is_erased_too(kept: Webinar) -> None:
    run = kept.world.task("run-1", "erase")
    for folder in (run.folder.path, audit.folder(run.state).path):
        (folder / "2026-11-23T100000Z-load.parquet.part-1").write_bytes(b"PAR1 " + ADDRESS.encode())
    told = erase.erase_address(run, ADDRESS)
    assert told["unfinished files"] == 2
    assert b"part-" not in b"".join(str(file).encode() for file in kept.world.store.rglob("*"))


def test_retention_of_the_audit_takes_what_was_left_half_written(webinar: Webinar) -> None:
    state = webinar.world.state
    for day in (1, 20):
        folder = Path(str(audit.folder(state).path).removeprefix("file://"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"2026-11-{day:02d}T100000Z-load.parquet.part-1").write_bytes(b"PAR1")
    assert audit.prune(state, pd.Timestamp("2026-11-10", tz="UTC")) == 1
    assert [file.name for file in folder.iterdir()] == ["2026-11-20T100000Z-load.parquet.part-1"]


def test_values_written_for_the_person_go_with_their_changes(kept: Webinar) -> None:
    erase.erase_address(kept.world.task("erase", "erase"), ADDRESS)
    assert (
        "refused"
        not in pd.concat([pd.read_parquet(file) for file in kept.world.store.rglob("fields.parquet")])["after"]
        .str.lower()
        .tolist()
    )


def test_the_sync_goes_on_afterwards_and_does_nothing_for_those_it_knows(kept: Webinar) -> None:
    world = kept.world
    world.livestorm.unregister(kept.session, ADDRESS)
    erase.erase_address(world.task("erase", "erase"), ADDRESS)
    count = world.org.writes.count()
    told = world.run({"full_read": True}, by_hand=True)
    assert told["verdict"] == "ok"
    assert world.org.writes.count() == count


def test_what_is_no_address_is_refused(kept: Webinar) -> None:
    with pytest.raises(ConfigError, match="no e-mail address"):
        erase.erase_address(kept.world.task("erase", "erase"), "  \n")


def test_the_command_reads_the_address_from_standard_input_and_prints_counts_only(
    kept: Webinar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))
    assert command.main([]) == 0
    told = capsys.readouterr().out
    assert '"found after": 0' in told
    assert "mallory" not in told


def test_the_command_prints_the_mark_that_the_dag_takes(
    kept: Webinar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))
    assert command.main(["--mark"]) == 0
    told = capsys.readouterr().out.strip().splitlines()[-1]
    assert told == erase.mark(kept.world.task("erase", ""), ADDRESS)
