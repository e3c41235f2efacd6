"""The everyday questions of the users, answered in a browser: number of clicks from the Overview, and seconds.

The same table is in `docs/guide/pages.md`. Each click is made in Chromium on what a person sees; typing is no click.
The answer is in view without scrolling on a laptop (1280 by 800 pixels).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.options import Options
from livestorm_salesforce.runs.params import mapping_draft
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import setup_checks
from livestorm_salesforce.tasks import discover, extract, plan, report
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState
from tests.harness.pages import NOW, FakeAirflow, served_pages
from tests.harness.webinar import add_webinar
from tests.harness.world import World, open_world
from tests.ui.devtools import Browser

REFUSED, CHANGED = "refused@acme.example", "person0@company0.example"
DRAFT = (
    "version: 1\nlead:\n  LastName: last_name\n  Email: {from: email, policy: create_only}\n  Company: company\n"
    "  City: city\n  Industry: {value: Webinars}\n"
)
MISSING = CheckItem(
    Area.SALESFORCE, "Campaign.Livestorm_Session_Id__c", CheckState.MISSING, "It is hidden.", "Show it."
)
TYPE = """(() => {
  const field = [...document.querySelectorAll('[name=%s]')].find(one => one.type !== 'hidden');
  if (!field) return false;
  field.value = %s;
  return true;
})()"""
IN_VIEW = """(() => {
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    if (!nodes.currentNode.data.toLowerCase().includes(%s)) continue;
    const range = document.createRange();
    range.selectNodeContents(nodes.currentNode);
    const box = range.getBoundingClientRect();
    if (box.height && box.top >= 0 && box.bottom <= innerHeight && box.right <= innerWidth) return true;
  }
  return false;
})()"""
#: Seconds that a person waits for an answer at most, pages of a busy machine included.
PATIENCE = 20


class PreviewingAirflow(FakeAirflow):
    """Executes a preview at once when the page triggers one."""

    def trigger(self, dag_id: str, conf: dict[str, Any], user: str) -> str:
        run_id = super().trigger(dag_id, conf, user)
        app = AppContext.from_environment(options=Options(mapping_draft=mapping_draft(conf)))
        task = TaskRun(app, run_id, "preview", conf, manual=True, try_number=1)
        for batch in discover.discover(task)["batches"]:
            extract.extract(task, batch)
        plan.plan(task)
        report.report(task)
        self.add(run_id, conf=conf)
        return run_id


class Person:
    """A new user in front of the Overview, who types, chooses and clicks."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.clicks = browser, 0
        browser.resize(1280, 800)
        browser.open(f"{address}/")
        browser.wait_until(f"document.readyState === 'complete' && location.href === {json.dumps(address + '/')}")
        browser.wait_for("Last success")
        self.started = time.monotonic()

    def click(self, label: str) -> None:
        """Press a button or link, and wait until the next page is there."""
        self.clicks += 1
        self.browser.evaluate("window.isOld = true")
        self.browser.click(label)
        self.browser.wait_until("!window.isOld && document.readyState === 'complete'")

    def type(self, field: str, text: str) -> None:
        self.browser.wait_until(TYPE % (field, json.dumps(text)))

    def reads(self, *words: str) -> None:
        """The page shows these words without scrolling."""
        for word in words:
            self.browser.wait_for(word, PATIENCE)
            assert self.browser.evaluate(IN_VIEW % json.dumps(word.lower())), f"{word!r} needs scrolling"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A webinar with a refused person and a person whose title changed, and a past webinar without a Campaign."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        session, _ = add_webinar(world.sandbox, title="Product tour")
        add_webinar(world.sandbox, people=1, title="Before the start", hours=-100)
        world.livestorm.register(session, REFUSED, "Rex", "Refused")
        world.refuse("Lead", "LastName", "Refused", "Refused is not wanted")
        world.run(name="first")
        world.livestorm.edit_registration(session, CHANGED, job_title="Directrice")
        world.run({"full_read": True}, name="second")
        setup_checks.save(world.app().database, NOW, [MISSING.document()])
        yield world


@pytest.fixture(scope="module")
def browser_tab(browser: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(browser, tmp_path_factory.mktemp("browser") / "profile") as tab:
        yield tab


def why_not_in_the_campaign(person: Person) -> None:
    person.click("Find a person")
    person.type("text", REFUSED)
    person.click("Search")
    person.reads("Not in Salesforce", "A validation rule refuses the record", "Refused is not wanted", "Remedy")


def webinars_without_a_campaign(person: Person) -> None:
    person.click("One webinar without a Campaign")
    person.reads("Before the start", "Past: ended before this project was switched on")


def what_a_mapped_field_changes(person: Person) -> None:
    person.click("Mapping")
    person.type("text", DRAFT)
    person.click("Try it")
    person.reads("Planned values by field", "Industry", "nothing was written")


def who_changed_the_title(person: Person) -> None:
    person.click("Find a person")
    person.type("text", CHANGED)
    person.click("Search")
    person.reads("Title", "Engineer", "Directrice", "Registrant brings other values", "second")


def how_many_calls_are_left(person: Person) -> None:
    person.reads("Livestorm calls left", "a day: sufficient", "Salesforce calls left")


def is_it_healthy(person: Person) -> None:
    person.reads("Healthy, with items that need attention", "Last success", "hour ago")


def numbers_of_a_webinar(person: Person) -> None:
    person.click("Product tour")
    person.reads("Registered, as Livestorm counts", "In Salesforce", "1 × Refused by Salesforce")
    person.reads("Attended, in Salesforce", "Watched the replay, in Salesforce")


def what_is_missing_in_my_accounts(person: Person) -> None:
    person.click("Setup")
    person.reads("Campaign.Livestorm_Session_Id__c", "It is hidden.", "Show it.")


@pytest.mark.parametrize(
    ("answer", "clicks"),
    [
        (why_not_in_the_campaign, 2), (webinars_without_a_campaign, 1), (what_a_mapped_field_changes, 3),
        (who_changed_the_title, 2), (how_many_calls_are_left, 0), (is_it_healthy, 0), (numbers_of_a_webinar, 2),
        (what_is_missing_in_my_accounts, 1),
    ],
)  # fmt: skip
def test_a_question_is_answered_within_its_clicks(
    world: World, browser_tab: Browser, answer: Callable[[Person], None], clicks: int, record_property: Any
) -> None:
    airflow = PreviewingAirflow()
    for run_id in ("first", "second"):
        airflow.add(run_id)
    with served_pages(airflow) as address:
        person = Person(browser_tab, address)
        answer(person)
        seconds = time.monotonic() - person.started
    record_property("seconds", round(seconds, 1))
    print(f"{answer.__name__}: {person.clicks} clicks, {seconds:.1f} s")
    assert person.clicks <= clicks and seconds < PATIENCE
