"""A running Airflow used through its pages: approve, reject and preview a plan, and trigger the other DAGs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.demo.airflow import Airflow
from scripts.demo.starting import airflow_in
from scripts.demo.waiting import until
from service_sandbox import Sandbox
from tests.harness.webinar import add_webinar, member_statuses
from tests.ui.devtools import Browser

OPEN_QUESTION = """(() => {
  const links = [...document.querySelectorAll('a, button')];
  const found = links.find(one => one.innerText.includes('Scheduled runs wait for the answer.') && one.offsetParent);
  if (found) found.click();
  return Boolean(found);
})()"""
MARK = "0" * 64
TYPE = """(() => {
  const box = document.querySelector('[name="element_%s"]');
  if (!box) return false;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, %s);
  box.dispatchEvent(new Event('input', {bubbles: true}));
  return true;
})()"""


@dataclass
class Live:
    """Airflow, the sandbox that it syncs, and a browser."""

    airflow: Airflow
    sandbox: Sandbox
    browser: Browser
    home: Path
    session: str
    people: list[str]

    def asked(self) -> str:
        """Trigger a run and open its approval in the browser; returns the run id."""
        run_id = self.airflow.trigger({"approve": "ask"})
        until(lambda: self.airflow.tasks(run_id, "awaiting_input"), self.airflow.check, 120, "nobody was asked")
        self.browser.open(f"{self.airflow.url}/required_actions")
        self.browser.wait_until(OPEN_QUESTION)
        self.browser.wait_for("An approval is stored with this code")
        return run_id

    def ended(self, run_id: str, airflow: Airflow | None = None) -> str:
        return (airflow or self.airflow).wait_for_run(run_id, lambda task: None, seconds=180)

    def report_tab(self, run_id: str) -> str:
        """The text of the embedded page in the run's tab."""
        self.browser.open(f"{self.airflow.run_address(run_id)}/plugin/sync-report")
        return self.browser.wait_for_frame("h1")

    def from_form(self, dag_id: str, **values: str) -> tuple[Airflow, str]:
        """Submit the trigger form of a DAG; returns the DAG id and the final state of the run."""
        airflow = self.airflow.of(dag_id)
        self.browser.open(f"{airflow.url}/dags/{dag_id}")
        self.browser.click("Trigger")
        self.browser.wait_for("Run Parameters")
        for name, value in values.items():
            self.browser.wait_until(TYPE % (name, json.dumps(value)))
        self.browser.click("Trigger")
        self.browser.wait_until("location.pathname.includes('/runs/')")
        return airflow, self.ended(airflow.latest_run()["dag_run_id"], airflow)


@pytest.fixture(scope="module")
def live(browser: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    home = tmp_path_factory.mktemp("live")
    with (
        Sandbox(seed="empty", directory=home / "sandbox") as sandbox,
        airflow_in(home / "airflow", sandbox.connections) as airflow,
        Browser(browser, home / "browser") as page,
    ):
        session, people = add_webinar(sandbox)
        yield Live(airflow, sandbox, page, home, session, people)


@pytest.fixture
def untouched(live: Live) -> Iterator[None]:
    """Asserts that the test writes nothing to Salesforce."""
    before = live.sandbox.org.snapshot()
    yield
    assert live.sandbox.org.snapshot() == before


@pytest.fixture(scope="module")
def approved(live: Live) -> str:
    """A run with an approved plan."""
    run_id = live.asked()
    assert not live.sandbox.org.rows("Campaign"), "written before anybody agreed"
    live.browser.click("Approve")
    assert live.ended(run_id) == "success"
    return run_id


def test_an_approved_plan_is_written(live: Live, approved: str) -> None:
    assert member_statuses(live.sandbox) == dict.fromkeys(live.people, "Registered")
    assert "Done" in live.report_tab(approved)


def test_home_and_navigation_show_the_health(live: Live, approved: str) -> None:
    for path in ("/", "/plugin/livestorm-sync"):
        live.browser.open(f"{live.airflow.url}{path}")
        assert "Healthy" in live.browser.wait_for_frame("h1")


def test_the_pages_follow_theme_and_language_of_airflow(live: Live, approved: str) -> None:
    for language, theme in (("fr", "dark"), ("en", "light")):  # the last ones are those of the other tests
        stored = f"localStorage.setItem('i18nextLng', '{language}'); localStorage.setItem('theme', '{theme}'); true"
        live.browser.evaluate(stored)
        live.browser.open(f"{live.airflow.url}/plugin/livestorm-sync")
        root = "frames[0]?.document?.documentElement"  # null while the frame loads
        live.browser.wait_until(f"{root}?.lang === '{language}' && {root}?.dataset.theme === '{theme}'")


def test_a_rejected_plan_is_not_written_and_reported_as_rejected(live: Live, approved: str, untouched: None) -> None:
    live.sandbox.livestorm.register(live.session, "refused@company.example", "Rex", "Refused")
    run_id = live.asked()
    assert "Planned, not reported yet" in live.report_tab(run_id)
    live.browser.open(f"{live.airflow.run_address(run_id)}/tasks/approve/required_actions")
    live.browser.click("Reject")
    assert live.ended(run_id) == "success"
    result = live.airflow.returned(run_id, "report")
    assert result["preview"] and "NOT_APPROVED" in [problem["code"] for problem in result["problems"]]
    tab = live.report_tab(run_id)
    assert "nothing was written" in tab and "Rejected plan" in tab


def test_a_preview_requests_no_approval_and_writes_nothing(live: Live, approved: str, untouched: None) -> None:
    run_id = live.airflow.trigger({"mode": "preview", "approve": "ask"})
    assert live.ended(run_id) == "success"
    assert live.airflow.returned(run_id, "report")["preview"]


def test_the_other_dags_run_from_their_forms(live: Live, approved: str, untouched: None) -> None:
    undo, state = live.from_form("livestorm_salesforce_undo", run_id=approved)
    assert state == "success"
    assert undo.returned(undo.latest_run()["dag_run_id"], "plan_undo")["counts"]["leave CampaignMember"] == 5
    assert live.from_form("livestorm_salesforce_quarantine")[1] == "success"
    assert live.from_form("livestorm_salesforce_erase", mark=MARK)[1] == "success"


def test_airflow_stores_no_personal_data(live: Live, approved: str) -> None:
    """Searches logs of all components and tasks, and the database: XCom, rendered templates, the question."""
    kept = [*live.home.glob("airflow/**/*.log"), live.home / "airflow" / "airflow.db"]
    assert len(kept) > 10
    secrets = [*live.people, "refused@company.example", live.sandbox.livestorm_token, live.sandbox.consumer_secret]
    found = {(path.name, word) for path in kept for word in secrets if word.encode() in path.read_bytes()}
    assert not found
