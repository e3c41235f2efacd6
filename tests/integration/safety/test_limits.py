"""Beyond a limit nothing is written without a person's word, and what a person approved is read anew before it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.domain.plan import safety_limits
from livestorm_salesforce.errors import UnsafePlan
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.tasks import approval as gate
from livestorm_salesforce.tasks import report as report_task
from livestorm_salesforce.web import pages
from tests.harness.webinar import Webinar


@pytest.fixture
def limited(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def limit(text: str) -> Webinar:
        file = tmp_path / "mapping.yaml"
        file.write_text(f"limits: {{{text}}}\n")
        monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
        return webinar

    return limit


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("unmatched: 1", "2 people were not found (limits.unmatched allows 1)"),
        ("creates: 3", "records would be created (limits.creates allows 3)"),
    ],
)
def test_beyond_a_limit_nothing_is_written(limited, limit: str, words: str) -> None:
    webinar = limited(limit)
    webinar.register("ada")
    webinar.register("bob")
    told = webinar.world.run()
    assert isinstance(told["error"], UnsafePlan)
    assert words in str(told["error"])
    assert "approve 'ask' or 'accept'" in str(told["error"])
    assert told["verdict"] == "failed"
    assert webinar.world.org.rows("Campaign") == []


def test_the_share_of_updates_counts_people_found(limited) -> None:
    webinar = limited("share_of_updates: 0.5, share_from: 2")
    people = [{"LastName": name, "Email": f"{name}@acme.example", "Company": "Acme"} for name in ("ada", "bob")]
    webinar.world.org.insert("Lead", people)
    for name in ("ada", "bob", "carl"):
        webinar.register(name)
    told = webinar.world.run()
    assert "2 of 2 people found would be updated (100%, limits.share_of_updates allows 50%)" in str(told["error"])
    assert webinar.world.record("Lead", Email="ada@acme.example")["Title"] is None


def test_a_share_of_few_people_means_nothing(limited) -> None:
    webinar = limited("share_of_updates: 0.5, share_from: 3")
    webinar.world.org.insert("Lead", [{"LastName": "ada", "Email": "ada@acme.example", "Company": "Acme"}])
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"


def test_a_person_who_accepts_lifts_the_limits_for_this_run(limited) -> None:
    webinar = limited("unmatched: 0")
    webinar.register("ada")
    told = webinar.world.run({"approve": "accept"})
    assert told["verdict"] == "ok"
    assert [problem["code"] for problem in told["problems"] if problem["code"] == "UNSAFE_PLAN"] == ["UNSAFE_PLAN"]
    webinar.register("bob")
    assert isinstance(webinar.world.run()["error"], UnsafePlan)


def test_a_preview_tells_what_would_be_beyond_and_does_not_fail(limited) -> None:
    webinar = limited("unmatched: 0")
    webinar.register("ada")
    told = webinar.world.run({"mode": "preview"})
    assert told["verdict"] == "ok"
    assert "UNSAFE_PLAN" in [problem["code"] for problem in told["problems"]]


def test_who_is_asked_sees_the_plan_that_there_is(limited) -> None:
    """Airflow shows the words of the first time again when a run was cleared, so the numbers are on the page alone."""
    webinar = limited("unmatched: 0")
    webinar.register("ada")
    world = webinar.world
    question = gate.question("/pages/r")
    assert "(/pages/r/changes)" in question and not [letter for letter in question if letter.isdigit()]
    seen: list[str] = []
    world.before = lambda task: seen.append(pages.run("/pages", SYNC_DAG_ID, "r")) if "load_c" in task else None
    for name in ("bob", "cyd"):
        world.run({"approve": "ask"}, name="r")
        webinar.register(name)
    assert "Beyond the limits" in seen[0] and "1 people were not found" in seen[0]
    assert "Planned, not reported yet" in seen[1] and "People found: 0, not found: 1." in seen[1]
    assert "ada" not in seen[0].lower()


def test_an_approved_plan_is_read_anew_before_it_is_loaded(webinar: Webinar) -> None:
    """Somebody appears in Salesforce between an approved plan and its load."""
    world = webinar.world
    webinar.register("ada")

    def meanwhile(task: str) -> None:
        if task == "load_campaigns":
            world.org.insert("Contact", [{"LastName": "Adason", "Email": "Ada@acme.example"}])

    world.before = meanwhile
    told = world.run({"approve": "ask"})
    assert told["verdict"] == "ok"
    assert world.org.rows("Lead") == []
    assert world.record("CampaignMember")["ContactId"] == world.record("Contact")["Id"]


def test_the_report_of_a_refused_plan_says_that_nothing_was_written(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    for task, do in world.tasks("r", {"approve": "ask"}, manual=True):
        do(1)
        if task == "plan":
            break
    told = report_task.report(gate.refused(world.task("r", "report", {"approve": "ask"})))
    assert told["preview"] and "# Plan refused: all is well" in told["markdown"]
    assert "| upcoming | - | 1 | 1 |" in told["markdown"]
    assert "NOT_APPROVED" in [problem["code"] for problem in told["problems"]]


def test_no_limit_is_passed_by_a_plan_without_people(webinar: Webinar) -> None:
    world = webinar.world
    world.run({"mode": "preview"}, name="r")
    plan = load_plan(world.task("r", "").folder)
    assert safety_limits.exceeded(plan, world.app().mapping.limits) == []
