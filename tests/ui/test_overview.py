"""Overview and list of runs: health, causes of failures, access of each level, both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import task_failures
from livestorm_salesforce.web.airflow_data import TaskState
from tests.harness.pages import NOW, FakeAirflow, served_pages
from tests.harness.webinar import add_webinar
from tests.harness.world import World, open_world

CAUSE, REMEDY = "Salesforce rejected the login.", "correct the connection salesforce_default"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world after one run in which Salesforce has refused one person of two webinars."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        for title in ("First <b>webinar</b>", "Second webinar"):
            session, _ = add_webinar(world.sandbox, title=title)
            world.livestorm.register(session, "bad@company.example", "Rex", "Refused")
        world.refuse("Lead", "LastName", "Refused")
        assert world.run(name="run-1")["buckets"]["refused"] == 2
        yield world


def get(airflow: FakeAirflow, path: str, **headers: str) -> str:
    with served_pages(airflow) as address:
        answer = requests.get(f"{address}{path}", headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_refused_person_needs_attention_and_is_counted_once(world: World) -> None:
    airflow = FakeAirflow()
    airflow.add("run-1")
    text = get(airflow, "/")
    assert "Healthy, with items that need attention" in text
    assert ">1 person held back</span>" in text
    assert "First &lt;b&gt;webinar&lt;/b&gt;" in text and "bad@company.example" not in text


def test_the_overview_is_french_for_a_french_browser(world: World) -> None:
    airflow = FakeAirflow()
    airflow.add("run-1")
    text = get(airflow, "/", **{"Accept-Language": "fr-FR,fr"})
    assert '<html lang="fr">' in text and "1 personne retenue" in text and "Prochaine exécution" in text


def test_a_run_that_failed_early_is_listed_with_cause_and_remedy(world: World) -> None:
    failure = task_failures.Failure(
        SYNC_DAG_ID, "early", "discover", -1, 1, NOW, "ConfigError", CAUSE, REMEDY, will_retry=False
    )
    task_failures.save(world.app().database, failure)
    airflow = FakeAirflow(task_states={"early": [TaskState("discover", -1, "failed", NOW)]})
    airflow.add("run-1")
    airflow.add("early", "failed")
    for path in ("/", "/runs", f"/runs/{SYNC_DAG_ID}/early", "/card"):
        text = get(airflow, path)
        assert CAUSE in text and "Correct the connection salesforce_default." in text, path
    assert "The last run failed" in get(airflow, "/")
    assert "Run the failed tasks again" in get(airflow, f"/runs/{SYNC_DAG_ID}/early")


def test_an_overdue_success_is_stated(world: World) -> None:
    airflow = FakeAirflow()
    airflow.add("run-1", ended_at=NOW - timedelta(hours=9))
    assert "The last success is overdue" in get(airflow, "/")


def test_a_running_run_shows_its_step(world: World) -> None:
    states = [TaskState("extract", number, "success" if number else "running", NOW) for number in range(3)]
    airflow = FakeAirflow(task_states={"now": states})
    airflow.add("now", "running", ended_at=None)
    assert "Read registrants 2/3" in get(airflow, "/runs") and "Read registrants 2/3" in get(
        airflow, f"/runs/{SYNC_DAG_ID}/now"
    )


def test_an_empty_installation_explains_what_to_do(tmp_path: Path) -> None:
    with open_world(tmp_path, fast=True):
        text = get(FakeAirflow(), "/")
        assert "Not set up yet" in text and "No run has ended yet" in get(FakeAirflow(), "/runs")
