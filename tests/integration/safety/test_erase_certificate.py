"""The certificate of an erasure states what was searched and deleted, and every path that could not be read."""

from __future__ import annotations

import io
import sqlite3

import pytest
from sqlalchemy import event

from livestorm_salesforce.cli import erase as command
from livestorm_salesforce.errors import ContractError, TransientError
from livestorm_salesforce.state import erasure_certificates
from livestorm_salesforce.state.erasure_certificates import Certificate
from livestorm_salesforce.state.tables import AuditEntry
from livestorm_salesforce.tasks import erase
from tests.harness.webinar import Webinar
from tests.integration.safety.erasure import ADDRESS, with_person

DAMAGED = 25


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the variable that the command sets."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")


@pytest.fixture
def kept(webinar: Webinar) -> Webinar:
    return with_person(webinar)


def certificate_of(webinar: Webinar) -> Certificate:
    (certificate,) = erasure_certificates.all_certificates(webinar.world.app().database)
    return certificate


def test_an_incomplete_erasure_has_real_counts_and_every_path(kept: Webinar) -> None:
    run = kept.world.task("run-1", "erase")
    names = [f"broken-{number:02}.parquet" for number in range(DAMAGED)]
    for name in names:
        run.folder.write_bytes(name, b"no parquet")
    hmac = erase.hmac_of_address(run.app, ADDRESS)
    with pytest.raises(ContractError, match=rf"Not searched: {DAMAGED} file"):
        erase.erase_with_certificate(run, hmac)
    certificate = certificate_of(kept)
    counts = certificate.counts
    assert not certificate.is_complete
    assert certificate.cause.startswith(f"{counts['rows']} row(s) and {counts['lines']} line(s)")
    assert counts["rows"] > 10 and counts["lines"] >= 2 and counts["files looked at"] > DAMAGED
    assert certificate.tables["registration"] == 1 and certificate.tables["audit"] > 0
    assert certificate.unread == [f"{run.folder}/{name}" for name in names]


def test_a_complete_erasure_lists_rows_by_table(kept: Webinar) -> None:
    run = kept.world.task("erase", "erase")
    result = erase.erase_with_certificate(run, erase.hmac_of_address(run.app, ADDRESS))
    certificate = certificate_of(kept)
    assert certificate.is_complete and certificate.counts.items() >= result.items()
    assert certificate.tables["quarantine"] == 1 and (certificate.unread, certificate.remaining) == ([], [])


def test_a_name_with_an_address_is_withheld_from_message_and_certificate(kept: Webinar) -> None:
    run = kept.world.task("run-1", "erase")
    for name in (f"{ADDRESS}.parquet", "export-mallory-acme-example-2.parquet", "bob@acme.example.xlsx", "own.xlsx"):
        run.folder.write_bytes(name, b"damaged")
    with pytest.raises(ContractError) as raised:
        erase.erase_address_with_certificate(run.app, ADDRESS)
    certificate = certificate_of(kept)
    assert certificate.unread == [f"{run.folder}/(name withheld)"] * 3 + [f"{run.folder}/own.xlsx"]
    shown = f"{raised.value} {certificate}"
    assert "mallory" not in shown and "bob@" not in shown


@pytest.mark.parametrize("damaged", [False, True])
def test_the_command_stores_a_certificate(
    kept: Webinar, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, damaged: bool
) -> None:
    if damaged:
        kept.world.task("run-1", "erase").folder.write_bytes("broken.parquet", b"no parquet")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))
    assert command.main([]) == int(damaged)
    certificate = certificate_of(kept)
    assert certificate.run_id.startswith("command-") and certificate.is_complete is not damaged
    assert certificate.counts["rows"] > 10 and len(certificate.unread) == int(damaged)
    assert "mallory" not in f"{certificate} {capsys.readouterr()}"


def test_a_proof_that_is_repeated_keeps_the_counts_of_the_first_attempt(kept: Webinar) -> None:
    """Rows are deleted, and the write-ahead log of SQLite is in use: the task fails and is tried again."""
    run = kept.world.task("erase", "erase")
    hmac = erase.hmac_of_address(run.app, ADDRESS)
    event.listen(run.app.database.engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout=100"))
    run.app.database.engine.dispose()
    with sqlite3.connect(kept.world.store / "state.db") as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT count(*) FROM {AuditEntry.__tablename__}").fetchone()  # noqa: S608
        with pytest.raises(TransientError, match="write-ahead log"):
            erase.erase_with_certificate(run, hmac)
        reader.rollback()
    certificate = certificate_of(kept)
    assert not certificate.is_complete and certificate.counts["rows"] > 10
