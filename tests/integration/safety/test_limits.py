"""A plan beyond a safety limit is not written without approval, and an approved plan is recomputed before the load."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.domain.plan import safety_limits
from livestorm_salesforce.errors import UnsafePlan
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.tasks import approval as gate
from livestorm_salesforce.tasks import report as report_task
from tests.harness.pages import page_text
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
        ("unmatched: 1", "people not found: 2 (limits.unmatched allows 1)"),
        ("creates: 3", " (limits.creates allows 3)"),
    ],
)
def test_nothing_is_written_beyond_a_limit(limited, limit: str, words: str) -> None:
    webinar = limited(limit)
    webinar.register("ada")
    webinar.register("bob")
    result = webinar.world.run()
    assert isinstance(result["error"], UnsafePlan)
    assert words in str(result["error"])
    assert "approve 'ask' or 'accept'" in str(result["error"])
    assert result["verdict"] == "failed"
    assert webinar.world.org.rows("Campaign") == []


def test_the_share_of_updates_counts_people_found(limited) -> None:
    webinar = limited("share_of_updates: 0.5, share_from: 2")
    people = [{"LastName": name, "Email": f"{name}@acme.example", "Company": "Acme"} for name in ("ada", "bob")]
    webinar.world.org.insert("Lead", people)
    for name in ("ada", "bob", "carl"):
        webinar.register(name)
    result = webinar.world.run()
    assert "2 of 2 people found would be updated (100%, limits.share_of_updates allows 50%)" in str(result["error"])
    assert webinar.world.record("Lead", Email="ada@acme.example")["Title"] is None


def test_a_share_of_few_people_is_not_limited(limited) -> None:
    webinar = limited("share_of_updates: 0.5, share_from: 3")
    webinar.world.org.insert("Lead", [{"LastName": "ada", "Email": "ada@acme.example", "Company": "Acme"}])
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"


def test_accepting_the_plan_ignores_the_limits_in_this_run(limited) -> None:
    webinar = limited("unmatched: 0")
    webinar.register("ada")
    result = webinar.world.run({"approve": "accept"})
    assert result["verdict"] == "ok"
    assert [problem["code"] for problem in result["problems"] if problem["code"] == "UNSAFE_PLAN"] == ["UNSAFE_PLAN"]
    webinar.register("bob")
    assert isinstance(webinar.world.run()["error"], UnsafePlan)


def test_a_preview_reports_exceeded_limits_without_failing(limited) -> None:
    webinar = limited("unmatched: 0")
    webinar.register("ada")
    result = webinar.world.run({"mode": "preview"})
    assert result["verdict"] == "ok"
    assert "UNSAFE_PLAN" in [problem["code"] for problem in result["problems"]]


def test_the_page_of_an_approval_shows_the_present_plan(limited) -> None:
    webinar = limited("unmatched: 0")
    webinar.register("ada")
    world = webinar.world
    seen: list[str] = []
    world.before = lambda task: seen.append(page_text(f"/runs/{SYNC_DAG_ID}/r")) if "load_c" in task else None
    for name in ("bob", "cyd"):
        world.run({"approve": "ask"}, name="r")
        webinar.register(name)
    assert "Beyond the limits" in seen[0] and "People not found: 1" in seen[0]
    assert "Planned, not reported yet" in seen[1] and "People found in Salesforce: 0, not found: 1" in seen[1]
    assert "ada" not in seen[0].lower()


def test_an_approved_plan_is_recomputed_before_the_load(webinar: Webinar) -> None:
    """A Contact is created in Salesforce between the approval and the load."""
    world = webinar.world
    webinar.register("ada")

    def insert_person(task: str) -> None:
        if task == "load_campaigns":
            world.org.insert("Contact", [{"LastName": "Adason", "Email": "Ada@acme.example"}])

    world.before = insert_person
    result = world.run({"approve": "ask"})
    assert result["verdict"] == "ok"
    assert world.org.rows("Lead") == []
    assert world.record("CampaignMember")["ContactId"] == world.record("Contact")["Id"]


def test_the_report_of_a_rejected_plan_states_that_nothing_was_written(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    for task, do in world.tasks("r", {"approve": "ask"}, manual=True):
        do(1)
        if task == "plan":
            break
    result = report_task.report(gate.rejected(world.task("r", "report", {"approve": "ask"})))
    assert result["preview"] and "# Plan rejected: done, with notes" in result["markdown"]
    assert "| upcoming | - | 1 | 1 |" in result["markdown"]
    assert "NOT_APPROVED" in [problem["code"] for problem in result["problems"]]


def test_a_plan_without_people_exceeds_no_limit(webinar: Webinar) -> None:
    world = webinar.world
    world.run({"mode": "preview"}, name="r")
    plan = load_plan(world.task("r", "").folder)
    counts = safety_limits.counts(plan.changes, plan.people)
    assert safety_limits.exceeded(counts, world.app().mapping.limits) == []
