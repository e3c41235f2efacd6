"""The page Attention over HTTP: rows by person and cause, other items, actions, permissions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import quarantine, task_failures
from livestorm_salesforce.state.task_failures import Failure
from livestorm_salesforce.tasks.quarantine import settle
from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.airflow_data import Approval
from tests.harness.pages import NOW, FakeAirflow, FakeUser, served_pages
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import World, open_world

DAG = "livestorm_salesforce_quarantine"
MALLORY = "mallory@acme.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Mallory registered for two webinars and is refused, with a name that contains markup; Ada is loaded."""
    with open_world(tmp_path, fast=True) as world:
        world.refuse("Lead", "LastName", "Malloryson", "no <b>Malloryson</b>")
        first, second = make_webinar(world, "Tour <1>"), Webinar(world, *_session(world))
        first.register("ada")
        first.register("mallory", first_name="<i>Mal</i>")
        second.register("mallory", first_name="<i>Mal</i>")
        world.run(name="scheduled-1")
        yield world


def _session(world: World) -> tuple[str, str]:
    second = make_webinar(world, "Second tour")
    return second.event, second.session


@pytest.fixture
def airflow(world: World) -> FakeAirflow:
    airflow = FakeAirflow()
    airflow.add("scheduled-1", run_type="scheduled", user=None)
    return airflow


def page(airflow: FakeAirflow, user: FakeUser | None = None, language: str = "en", query: str = "") -> str:
    with served_pages(airflow, user) as address:
        headers = {"Accept-Language": language}
        return requests.get(f"{address}/attention{query}", headers=headers, timeout=30).text


def post(airflow: FakeAirflow, data: list[tuple[str, str]], user: FakeUser | None = None) -> requests.Response:
    with served_pages(airflow, user) as address:
        headers = {"Origin": address}
        return requests.post(f"{address}/attention", data=data, headers=headers, timeout=30, allow_redirects=False)


def test_one_row_per_person_and_cause_with_the_name(world: World, airflow: FakeAirflow) -> None:
    text = page(airflow)
    assert "One row is held back" in text and "2 webinars" in text
    assert text.count(MALLORY) == 1 and "&lt;i&gt;Mal&lt;/i&gt; Malloryson" in text and "<i>Mal" not in text
    assert "A validation rule refuses the record" in text and "no &lt;b&gt;Malloryson" in text
    assert "Tour &lt;1&gt;" in text and "satisfy it by the mapping" in text
    assert "24 Nov 2026" in text, "next attempt a day after the refusal"
    assert "ada@acme.example" not in text


def test_the_page_is_complete_in_french(world: World, airflow: FakeAirflow) -> None:
    text = page(airflow, language="fr")
    assert "1 ligne est retenue" in text and "Une règle de validation refuse l&#39;enregistrement" in text
    assert "satisfaites-la par les correspondances" in text


def test_names_are_read_while_the_run_folder_is_kept(world: World, airflow: FakeAirflow) -> None:
    world.task("scheduled-1", "").folder.remove()
    text = page(airflow)
    assert "Retry the row: the run reads the name from Livestorm again." in text
    assert MALLORY not in text and "2 webinars" in text and "Show all names" not in text


def test_names_in_further_run_folders_are_read_on_request(
    world: World, airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livestorm_salesforce.web.routes.attention.FOLDERS", 0)
    text = page(airflow)
    assert "Name not read yet" in text and MALLORY not in text and "one run with names of this list was not" in text
    assert 'href="/attention?names=all"' in text
    text = page(airflow, query="?names=all")
    assert MALLORY in text and "Name not read yet" not in text and "Show all names" not in text


def test_nothing_to_do_is_stated(tmp_path: Path) -> None:
    with open_world(tmp_path, fast=True) as world:
        make_webinar(world).register("ada")
        world.run(name="scheduled-1")
        airflow = FakeAirflow()
        airflow.add("scheduled-1")
        assert "Nothing needs attention" in page(airflow)


def test_before_the_first_run_there_is_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path, fast=True):
        text = page(FakeAirflow())
        assert "No run that writes has succeeded yet" in text and "Nothing needs attention" in text


def test_approvals_and_configuration_problems_are_listed(world: World, airflow: FakeAirflow) -> None:
    airflow.questions.append(Approval(SYNC_DAG_ID, "manual/2", "approve", "Write this plan?", NOW))
    airflow.add("broken", "failed")
    failure = Failure(
        SYNC_DAG_ID, "broken", "discover", -1, 1, datetime(2026, 11, 23, 11, tzinfo=UTC), "ConfigError",
        "There is no connection 'salesforce_default' in Airflow.", "create it", will_retry=False,
    )  # fmt: skip
    task_failures.save(world.app().database, failure)
    text = page(airflow)
    assert f'href="/dags/{SYNC_DAG_ID}/runs/manual%2F2/tasks/approve/required_actions"' in text
    assert "The configuration stops the sync" in text and "There is no connection" in text and "Create it." in text
    assert "Read the plan, then approve or reject it." in text
    assert "Lisez le plan, puis approuvez-le ou rejetez-le." in page(airflow, language="fr")


def test_a_stale_page_says_so(world: World, airflow: FakeAirflow) -> None:
    old = airflow.stored.pop()
    airflow.add(old.run_id, ended_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert "expected every" in page(airflow)


def test_selected_rows_are_retried(world: World, airflow: FakeAirflow) -> None:
    rows = world.quarantine
    ids = [f"{row.session_id} {row.person_id}" for row in rows.itertuples()]
    answer = post(airflow, [("action", "retry"), ("group", "|".join(ids))])
    assert answer.status_code == 303 and answer.headers["location"].endswith(f"/runs/{DAG}/triggered-1")
    assert airflow.triggered == [(DAG, {"action": "retry", "ids": ids, "reason": ""}, "ada")]
    settle(world.task("settle", "settle"), "retry", ids, "")
    assert world.quarantine["due"].all(), "the DAG accepts these ids"
    assert "with the next run" in page(airflow)


def test_all_rows_are_dismissed_with_a_reason_and_can_be_retried(world: World, airflow: FakeAirflow) -> None:
    post(airflow, [("action", "dismiss"), ("all_rows", "true"), ("reason", " known typo ")])
    ((_, conf, _),) = airflow.triggered
    assert len(conf["ids"]) == 2 and conf["reason"] == "known typo"
    settle(world.task("settle", "settle"), "dismiss", conf["ids"], conf["reason"])
    text = page(airflow)
    assert "One row was dismissed" in text and "known typo" in text and "Nothing needs attention" in text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ([("action", "retry")], "Nothing was selected"),
        ([("action", "dismiss"), ("all_rows", "true"), ("reason", "  ")], "A dismissal needs a reason"),
    ],
)
def test_an_incomplete_form_starts_nothing(
    world: World, airflow: FakeAirflow, data: list[tuple[str, str]], error: str
) -> None:
    answer = post(airflow, data)
    assert answer.status_code == 303 and not airflow.triggered
    assert error in page(airflow, query="?" + answer.headers["location"].partition("?")[2])


def test_permissions(world: World, airflow: FakeAirflow) -> None:
    viewer = page(airflow, FakeUser(levels=(Level.VIEW,)))
    assert "You may not view personal data" in viewer and MALLORY not in viewer
    editor = FakeUser(levels=(Level.VIEW, Level.EDIT))
    assert "you need the permission to trigger" in page(airflow, editor)
    assert post(airflow, [("action", "retry"), ("all_rows", "true")], editor).status_code == 403
    assert not airflow.triggered


def test_the_address_of_a_page_holds_no_personal_data(world: World, airflow: FakeAirflow) -> None:
    text = page(airflow)
    addresses = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert addresses and not any("mallory" in address for address in addresses)


def test_a_refused_campaign_is_one_row(tmp_path: Path) -> None:
    with open_world(tmp_path, fast=True) as world:
        world.refuse("Campaign", "Name", ".", "no")
        webinar = make_webinar(world)
        for name in ("ada", "bob"):
            webinar.register(name)
        world.run(name="scheduled-1")
        airflow = FakeAirflow()
        airflow.add("scheduled-1")
        text = page(airflow)
        assert len(quarantine.load(world.state)) == 2
        assert "One row is held back" in text and "2 registrants" in text and "Campaign: Product tour" in text
