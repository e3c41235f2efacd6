"""Pages that show progress read themselves again: the place stays, the end ends it, and a person can stop it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.web.airflow_data import TaskState
from tests.harness.pages import NOW, FakeAirflow, served_pages
from tests.harness.world import open_world
from tests.ui.devtools import Browser

RUN = f"/runs/{SYNC_DAG_ID}/manual-1"
STEPS = [
    TaskState("discover", -1, "success", NOW), TaskState("extract", 0, "success", NOW),
    TaskState("extract", 1, "running", None),
]  # fmt: skip
#: Answers at once instead of after ten seconds, and shows that the page was not loaded again.
SOON = """(() => {
  window.isOld = true;
  window.setTimeout = (original => step => original(step, 50))(window.setTimeout);
  return true;
})()"""


@pytest.fixture
def airflow(tmp_path: Path) -> Iterator[FakeAirflow]:
    """A manual run that reads registrants."""
    with open_world(tmp_path, fast=True):
        airflow = FakeAirflow()
        airflow.add("manual-1", "running", ended_at=None)
        airflow.task_states["manual-1"] = STEPS
        yield airflow


@pytest.mark.parametrize(
    ("language", "step", "note"),
    [("en", "Current step: Read registrants 1/2.", "Reload the page"), ("fr", "Lecture des inscrits 1/2", "Rechargez")],
)
def test_a_step_has_a_name_and_the_page_works_without_a_script(
    airflow: FakeAirflow, language: str, step: str, note: str
) -> None:
    with served_pages(airflow) as address:
        run, runs = (
            requests.get(address + path, headers={"Accept-Language": language}, timeout=30) for path in (RUN, "/runs")
        )
    assert step in run.text and note in run.text and note in runs.text
    assert "connect-src 'self'" in run.headers["Content-Security-Policy"]


def test_a_run_that_airflow_has_not_started_says_so(airflow: FakeAirflow) -> None:
    airflow.task_states.clear()
    with served_pages(airflow) as address:
        assert "Airflow has not started a task yet" in requests.get(address + RUN, timeout=30).text


def test_a_failed_task_has_a_name(airflow: FakeAirflow) -> None:
    airflow.stored[0] = replace(airflow.stored[0], state="failed", ended_at=NOW)
    airflow.task_states["manual-1"] = [TaskState("load_people", -1, "failed", NOW)]
    with served_pages(airflow) as address:
        assert "Write Leads and Contacts" in requests.get(address + RUN, timeout=30).text


def test_the_page_of_a_run_follows_it_to_its_end(browser: str, airflow: FakeAirflow, tmp_path: Path) -> None:
    with served_pages(airflow) as address, Browser(browser, tmp_path / "browser") as page:
        page.open(address + RUN)
        page.wait_for("Read registrants 1/2")
        assert "Reload the page" not in page.text() and "Refresh every 10 seconds" in page.text()
        page.evaluate("document.querySelector('.links a').focus()")
        airflow.task_states["manual-1"] = [*STEPS[:2], TaskState("plan", -1, "running", None)]
        page.evaluate(SOON)
        page.wait_for("Compare with Salesforce", seconds=30)
        assert page.evaluate("document.activeElement.matches('.links a')"), "the focus stays"
        assert "Compare with Salesforce" in page.evaluate("document.getElementById('announcement').innerText")
        airflow.stored[0] = replace(airflow.stored[0], state="success", ended_at=NOW + timedelta(minutes=1))
        page.wait_for("Done")
        assert page.evaluate("window.isOld") and "Refresh every" not in page.text()


def test_nothing_is_replaced_while_somebody_edits_or_has_unticked_it(
    browser: str, airflow: FakeAirflow, tmp_path: Path
) -> None:
    with served_pages(airflow) as address, Browser(browser, tmp_path / "browser") as page:
        for edit in (
            "document.querySelector('[data-refresh] + label input').click()",
            "document.querySelector('[name=dag]').dispatchEvent(new Event('input', {bubbles: true}))",
        ):
            page.open(f"{address}/runs?dag=")
            page.wait_for("Refresh every 10 seconds")
            page.evaluate(f"{edit}; document.querySelector('h1').textContent = 'Mine'; true")
            page.evaluate("new Promise(done => setTimeout(done, 10500))")
            assert "Mine" in page.text()
