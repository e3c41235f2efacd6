"""The page Setup over HTTP: the stored checklist, a new check, permissions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState
from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.airflow_data import Approval
from livestorm_salesforce.web.app import app
from livestorm_salesforce.web.routes import setup
from tests.harness.pages import NOW, FakeAirflow, FakeUser, served_pages
from tests.harness.world import World, open_world

MISSING = CheckItem(
    Area.SALESFORCE, "Campaign.Livestorm_Session_Id__c", CheckState.MISSING, "The field <b> does not exist.",
    "create it", "Setup, Object Manager, Campaign", "Livestorm_Session_Id__c",
)  # fmt: skip
ITEMS = [CheckItem(Area.AIRFLOW, "Settings", CheckState.OK, "All values are valid."), MISSING]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, fast=True) as world:
        yield world


def visit(
    items: list[CheckItem] | None = None, airflow: FakeAirflow | None = None, user: FakeUser | None = None,
    language: str = "en",
) -> tuple[requests.Response, str]:  # fmt: skip
    """The answer to *check again*, and the page after it."""
    with served_pages(airflow or FakeAirflow(), user) as address:
        if items is not None:
            app.dependency_overrides[setup.checklist] = lambda: lambda: items
        headers = {"Origin": address, "Accept-Language": language}
        answer = requests.post(f"{address}/setup/check", headers=headers, timeout=60, allow_redirects=False)
        return answer, requests.get(f"{address}/setup", headers=headers, timeout=60).text


def test_before_the_first_check_the_page_says_so_and_calls_no_service(world: World) -> None:
    world.sandbox.calls.reset()
    with served_pages(FakeAirflow()) as address:
        text = requests.get(f"{address}/setup", timeout=30).text
    assert "Nothing has been checked yet" in text and "Check now" in text
    assert not world.sandbox.calls.list()


def test_a_check_is_stored_and_shown_with_remedy_place_and_value(world: World) -> None:
    answer, text = visit(ITEMS)
    assert answer.status_code == 303 and answer.headers["location"] == "/setup"
    assert "One item needs action" in text and "One item is in order." in text
    assert "The field &lt;b&gt; does not exist." in text and "Setup, Object Manager, Campaign" in text
    assert "<code>Livestorm_Session_Id__c</code>" in text
    french = visit(ITEMS, language="fr")[1]
    assert "1 point demande une action" in french and "Manquant" in french


def test_the_real_check_reads_both_accounts(world: World) -> None:
    answer, text = visit()
    assert answer.status_code == 303 and "Airflow" in text and "Checklist of Livestorm" in text
    assert "Checklist of Salesforce" in text


def test_an_environment_variable_that_overrides_a_connection_is_named(world: World) -> None:
    text = visit(ITEMS)[1]
    assert "comes from the environment variable AIRFLOW_CONN_SALESFORCE_DEFAULT" in text


def test_a_check_that_takes_too_long_is_an_error_with_a_remedy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "TIME_LIMIT", 0.1)
    with served_pages(FakeAirflow()) as address:
        app.dependency_overrides[setup.checklist] = lambda: lambda: time.sleep(1) or ITEMS
        answer = requests.post(f"{address}/setup/check", headers={"Origin": address}, timeout=60)
    assert answer.status_code == 503 and "did not end within 0.1 seconds" in answer.text


def test_fields_are_deployed_by_the_setup_dag_if_there_is_one(world: World) -> None:
    assert "Deploy fields" in visit(ITEMS)[1]
    assert "Deploy fields" not in visit(ITEMS, FakeAirflow(known=()))[1]
    airflow = FakeAirflow()
    with served_pages(airflow) as address:
        for form in ({}, {"assign": "true", "connection": " admin "}):
            requests.post(
                f"{address}/setup/deploy", form, headers={"Origin": address}, timeout=30, allow_redirects=False
            )
    first, second = airflow.triggered
    assert first == (setup.SETUP_DAG_ID, {"deploy": True, "assign": False, "connection": None}, "ada")
    assert second[1] == {"deploy": True, "assign": True, "connection": "admin"}


def test_a_deployment_that_waits_for_an_approval_is_shown(world: World) -> None:
    question = Approval(setup.SETUP_DAG_ID, "run 1", "approve", "Add 4 custom field(s) to Salesforce?", NOW)
    sync = Approval(SYNC_DAG_ID, "run 2", "approve", "Write?", NOW)
    text = visit(ITEMS, FakeAirflow(questions=[question]))[1]
    assert "A deployment waits for an approval." in text
    assert f"/dags/{setup.SETUP_DAG_ID}/runs/run%201/tasks/approve/required_actions" in text
    assert "A deployment waits" not in visit(ITEMS, FakeAirflow(questions=[sync]))[1]


def test_setup_is_for_admins(world: World) -> None:
    user = FakeUser(levels=(Level.VIEW, Level.EDIT, Level.TRIGGER))
    answer, text = visit(ITEMS, user=user)
    assert answer.status_code == 403 and "This page is for admins" in text
