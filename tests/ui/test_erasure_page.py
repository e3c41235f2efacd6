"""The page Erasure over HTTP: search by address, erasure, certificates, and no trace of the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.errors import ContractError
from livestorm_salesforce.state import erasure, erasure_certificates
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.tasks import erase
from livestorm_salesforce.tasks.erase_search import find_affected
from livestorm_salesforce.web.access import Level
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import World, open_world

DAG = "livestorm_salesforce_erase"
ADA = "ada@acme.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Ada and Bob are loaded."""
    with open_world(tmp_path, fast=True) as world:
        webinar = make_webinar(world)
        webinar.register("ada")
        webinar.register("bob")
        world.run()
        yield world


def post(path: str, data: dict[str, str], airflow: FakeAirflow | None = None, user: FakeUser | None = None):
    with served_pages(airflow or FakeAirflow(), user) as address:
        headers = {"Origin": address}
        return requests.post(f"{address}{path}", data=data, headers=headers, timeout=60, allow_redirects=False)


def get(path: str, airflow: FakeAirflow | None = None, language: str = "en") -> requests.Response:
    with served_pages(airflow or FakeAirflow()) as address:
        return requests.get(f"{address}{path}", headers={"Accept-Language": language}, timeout=60)


def test_affected_data_is_shown_first(world: World) -> None:
    answer = post("/erasure", {"address": f" {ADA.upper()} "})
    assert answer.status_code == 200
    assert re.search(r"Registrations.*?registration</span></th><td class=\"n\">1<", answer.text, re.DOTALL)
    assert "the erasure searches everything" in answer.text and "Erase this person" in answer.text
    assert "bob@acme.example" not in answer.text
    assert len(world.quarantine) == 0 and find_affected(world.app(), ADA).tables["audit"] > 0, "nothing is changed"


def test_somebody_unknown_has_no_data(world: World) -> None:
    assert "Nothing of this person was found" in post("/erasure", {"address": "nobody@acme.example"}).text


def test_a_text_that_is_no_address_is_rejected_in_words(world: World) -> None:
    answer = post("/erasure", {"address": "ada"})
    assert answer.status_code == 422 and "That is no e-mail address" in answer.text


def test_the_search_opens_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has thousands of files, and a person waits for the page."""

    def opened(*args: object) -> None:
        raise AssertionError(f"opened {args}")

    for name in ("read", "read_bytes", "files", "names"):
        monkeypatch.setattr(Folder, name, opened)
    assert find_affected(world.app(), ADA).tables["registration"] == 1


def test_the_rows_shown_are_those_that_the_erasure_deletes(world: World) -> None:
    subject = DataSubject(ADA.__eq__, {ADA})
    with world.app().database.reading() as connection:
        erasure.collect(connection, subject, None)
        deleted = erasure.counts(connection, subject, None)
    assert find_affected(world.app(), ADA).tables == deleted and deleted["audit"] > 5


def test_the_dag_gets_the_hmac_after_a_confirmation(world: World) -> None:
    airflow = FakeAirflow()
    mark = find_affected(world.app(), ADA).hmac
    refused = post("/erasure/erase", {"mark": mark}, airflow)
    assert refused.headers["location"] == "/erasure?unconfirmed=1" and not airflow.triggered
    assert "the confirmation was not ticked" in get("/erasure?unconfirmed=1").text
    accepted = post("/erasure/erase", {"mark": mark, "confirmed": "true"}, airflow)
    assert accepted.headers["location"] == "/erasure"
    assert airflow.triggered == [(DAG, {"mark": mark}, "ada")]


def test_an_erasure_leaves_a_certificate_without_the_address(world: World) -> None:
    airflow = FakeAirflow()
    airflow.add("erase+1", dag_id=DAG)
    mark = find_affected(world.app(), ADA).hmac
    erase.erase_with_certificate(world.task("erase+1", "erase"), mark)
    page = get("/erasure", airflow)
    assert "Complete" in page.text and "/erasure/certificates/erase%2B1.txt" in page.text
    for language, title in (("en", "Certificate of erasure"), ("fr", "Certificat d'effacement")):
        answer = get("/erasure/certificates/erase%2B1.txt", airflow, language)
        assert title in answer.text and "registration" in answer.text and "&" not in answer.text
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "acme.example" not in answer.text and mark not in answer.text
    assert find_affected(world.app(), ADA).is_empty


def test_an_incomplete_erasure_names_what_could_not_be_read(world: World) -> None:
    broken = world.app().run_folders.folder("run-1")
    broken.write_bytes("registrations.parquet", b"damaged")
    with pytest.raises(ContractError, match="cannot be read"):
        erase.erase_with_certificate(world.task("erase-2", "erase"), find_affected(world.app(), ADA).hmac)
    (certificate,) = erasure_certificates.all_certificates(world.app().database)
    assert not certificate.is_complete and "registrations.parquet" in certificate.cause
    text = get("/erasure").text
    assert "Incomplete" in text and "registrations.parquet" in text
    document = get("/erasure/certificates/erase-2.txt").text
    assert f"could not be read: {broken}/registrations.parquet" in document
    assert "Registrations (registration): one row deleted" in document and ": 0\n" not in document
    french = get("/erasure/certificates/erase-2.txt", language="fr").text
    assert "1 ligne effacée" in french and "illisible" in french


def test_progress_and_failures_are_shown(world: World) -> None:
    airflow = FakeAirflow()
    airflow.add("erase-1", "failed", dag_id=DAG)
    airflow.add("erase-2", "running", dag_id=DAG, ended_at=None)
    text = get("/erasure", airflow).text
    assert "Reload the page to see the progress" in text and "Failed" in text
    assert get("/erasure/certificates/erase-1.txt", airflow).status_code == 404


def test_erasure_is_for_admins(world: World) -> None:
    user = FakeUser(levels=(Level.VIEW, Level.EDIT, Level.TRIGGER))
    airflow = FakeAirflow()
    for path, data in (("/erasure", {"address": ADA}), ("/erasure/erase", {"mark": "0" * 64, "confirmed": "true"})):
        answer = post(path, data, airflow, user)
        assert answer.status_code == 403 and "This page is for admins" in answer.text
    assert not airflow.triggered


def test_the_page_before_the_first_erasure(world: World) -> None:
    assert "Nobody has been erased yet" in get("/erasure").text
    assert "Personne n&#39;a encore été effacé" in get("/erasure", language="fr").text
