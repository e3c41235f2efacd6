"""Undo from the pages: its preview starts on the page of a run, and its own page puts back what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from livestorm_salesforce.tasks import undo
from livestorm_salesforce.web.access import Level
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import World, open_world

SYNC, UNDO = "livestorm_to_salesforce", "livestorm_salesforce_undo"
RUN, PREVIEW = f"/runs/{SYNC}/run-1", f"/runs/{UNDO}/undo-1"
CONF = {"run_id": "run-1", "mode": "preview"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A run that has changed one Lead and created another one, and the preview of its undo."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        webinar = make_webinar(world)
        ada = {
            "FirstName": "Ada",
            "LastName": "Adason",
            "Email": "ada@acme.example",
            "Company": "Acme",
            "Title": "Intern",
        }
        world.org.insert("Lead", [ada])
        webinar.register("ada")
        webinar.register("bob")
        world.run(name="run-1")
        undo.plan_undo(replace(world.task("undo-1", "plan_undo", CONF), dag_id=UNDO))
        yield world


def airflow_with(state: str = "success", conf: dict[str, str] | None = None) -> FakeAirflow:
    airflow = FakeAirflow()
    airflow.add("run-1")
    airflow.add("undo-1", state, dag_id=UNDO, conf=conf or CONF)
    return airflow


def post(address: str, path: str) -> requests.Response:
    return requests.post(address + path, headers={"Origin": address}, timeout=30, allow_redirects=False)


def test_the_page_of_a_run_starts_the_preview_of_its_undo(world: World) -> None:
    airflow = airflow_with()
    with served_pages(airflow) as address:
        assert "Preview an undo" in requests.get(address + RUN, timeout=30).text
        answer = post(address, f"{RUN}/undo")
    assert answer.status_code == 303 and answer.headers["location"] == f"/runs/{UNDO}/triggered-1"
    assert airflow.triggered == [(UNDO, CONF, "ada")]


def test_the_page_of_the_preview_lists_values_and_reasons_and_puts_them_back(world: World) -> None:
    airflow = airflow_with()
    with served_pages(airflow) as address:
        shown = requests.get(address + PREVIEW, timeout=30).text
        french = requests.get(address + PREVIEW, headers={"Accept-Language": "fr"}, timeout=30).text
        answer = post(address, f"{PREVIEW}/undo/apply")
    assert "Done: nothing was written" in shown
    lead = shown.split("What can be put back")[1].split('<th scope="row">Lead</th>')[1].split("</tr>")[0]
    assert '<td class="n">1</td><td class="n">0</td><td class="n">1</td>' in lead
    assert "Created by the run; deleted only with delete_created" in shown and "supprimé seulement avec" in french
    assert f'href="{RUN}"' in shown and "Preview an undo" not in shown
    assert answer.status_code == 303 and airflow.triggered == [(UNDO, CONF | {"mode": "apply"}, "ada")]


def test_the_tab_of_a_run_leads_to_the_full_page(world: World) -> None:
    """A new run would be shown below the header of another one."""
    with served_pages(airflow_with()) as address:
        pages = [requests.get(f"{address}{path}?embedded=1", timeout=30).text for path in (RUN, PREVIEW)]
        answer = post(address, f"{RUN}/clear?embedded=1")
    assert "These values are put back on the full page." in pages[1] and "<button" not in "".join(pages)
    assert answer.headers["location"] == f"{RUN}?embedded=1"


def test_an_undo_that_has_written_or_not_ended_is_not_started_again(world: World) -> None:
    for airflow in (airflow_with(conf=CONF | {"mode": "apply"}), airflow_with("running"), airflow_with("failed")):
        with served_pages(airflow) as address:
            assert "Put these values back" not in requests.get(address + PREVIEW, timeout=30).text


def test_a_run_that_wrote_nothing_has_nothing_to_undo(world: World) -> None:
    world.run({"mode": "preview"}, name="preview-1")
    airflow = airflow_with()
    airflow.add("preview-1", conf={"mode": "preview"})
    with served_pages(airflow) as address:
        assert "Preview an undo" not in requests.get(f"{address}/runs/{SYNC}/preview-1", timeout=30).text


def test_only_users_who_may_start_runs_undo_them(world: World) -> None:
    airflow = airflow_with()
    with served_pages(airflow, FakeUser(levels=(Level.VIEW, Level.EDIT))) as address:
        pages = [requests.get(address + path, timeout=30).text for path in (RUN, PREVIEW)]
        answers = [post(address, path).status_code for path in (f"{RUN}/undo", f"{PREVIEW}/undo/apply")]
    assert "Preview an undo" not in pages[0] and "What can be put back" in pages[1] and "<button" not in pages[1]
    assert answers == [403, 403] and not airflow.triggered


def test_an_undo_is_not_undone_and_a_run_of_the_sync_is_no_preview(world: World) -> None:
    airflow = airflow_with()
    with served_pages(airflow) as address:
        answers = [post(address, path).status_code for path in (f"{PREVIEW}/undo", f"{RUN}/undo/apply")]
    assert answers == [404, 404] and not airflow.triggered
