"""The pages of a run that did everything, but did not sync everybody: they do not say that nothing needs a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from tests.harness.pages import FakeAirflow, served_pages
from tests.harness.webinar import add_webinar
from tests.harness.world import open_world


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    airflow = FakeAirflow()
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world, served_pages(airflow) as address:
        session, _ = add_webinar(world.sandbox)
        world.livestorm.register(session, "ola@company.example", "Ola", "Host", role="team_member")
        world.run(name="run-1")
        world.run(name="run-2")
        for run_id in ("run-1", "run-2"):
            airflow.add(run_id)
        yield address


def get(address: str, path: str, language: str = "en") -> str:
    answer = requests.get(f"{address}{path}", headers={"Accept-Language": language}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_run_with_notes_lists_them_and_refers_to_them(address: str) -> None:
    text = get(address, f"/runs/{SYNC_DAG_ID}/run-1")
    assert "The notes below state" in text and "Nothing needs a person" not in text
    assert "Team members are not synced" in text and "people.team_members" in text
    french = get(address, f"/runs/{SYNC_DAG_ID}/run-1", "fr")
    assert "Les remarques ci-dessous" in french and "Les membres de l&#39;équipe ne sont pas synchronisés" in french


def test_a_run_that_read_nobody_has_nothing_to_note(address: str) -> None:
    assert "Nothing needs a person" in get(address, f"/runs/{SYNC_DAG_ID}/run-2")


def test_the_overview_is_healthy_without_a_claim_about_everybody(address: str) -> None:
    text = get(address, "/")
    assert "Nothing waits for a person" in text and "Everything is in Salesforce" not in text
