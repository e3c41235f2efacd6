"""Changes in Salesforce between a plan and its load: superseded changes are not reported as written, and the next run
plans them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.domain.report.accounting import SUPERSEDED
from tests.harness.webinar import Webinar
from tests.harness.world import World

ASK = {"approve": "ask"}
Report = dict[str, Any]


@pytest.fixture
def known(webinar: Webinar) -> Webinar:
    """Ada is a Lead."""
    lead = {"FirstName": "Ada", "LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme", "Title": "Dev"}
    webinar.world.org.insert("Lead", [lead])
    webinar.register("ada", job_title="CTO")
    return webinar


def run_with_approval(world: World, task: str, do: Any, *, tries: tuple[int, ...] = (1,)) -> Report:
    """A run with approval; `do` is called before this task, which has these attempts."""
    for name, attempt in world.tasks(f"asked-{world.number}", ASK, manual=False):
        if name == task:
            do()
        for number in tries if name == task else (1,):
            attempt(number)
    world.number += 1
    return world.last


def row(world: World) -> tuple[str, str, bool]:
    found = world.accounting(world.last["run_id"]).iloc[0]
    return found["bucket"], found["reason"], bool(found["loaded"])


@pytest.mark.parametrize("tries", [(1,), (1, 2)])
def test_a_value_changed_before_the_approval_is_superseded(known: Webinar, tries: tuple[int, ...]) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    report = run_with_approval(world, "load_people", lambda: world.org.edit(lead, Title="Lead dev"), tries=tries)
    assert row(world) == ("skipped", SUPERSEDED, False)
    assert report["skipped"] == {SUPERSEDED: 1}
    assert report["objects"]["Lead"]["updated"] == 0
    assert world.record("Lead")["Title"] == "Lead dev"
    assert world.run()["verdict"] == "ok"
    assert world.record("Lead")["Title"] == "CTO"


def test_a_partial_write_counts_as_written_and_is_planned_again(known: Webinar) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    world.livestorm.edit_registration(known.session, "ada@acme.example", company="New Inc.")
    report = run_with_approval(world, "load_people", lambda: world.org.edit(lead, Title="Lead dev"))
    assert report["objects"]["Lead"]["updated"] == 1
    assert world.record("Lead")["Company"] == "New Inc."
    bucket, _, loaded = row(world)
    assert (bucket, loaded) == ("created", False)  # the member is new
    world.run()
    assert world.record("Lead")["Title"] == "CTO"


def test_a_value_that_a_user_set_as_planned_is_done(known: Webinar) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    run_with_approval(world, "load_people", lambda: world.org.edit(lead, Title="CTO"))
    assert row(world)[2]


def test_a_person_deleted_before_the_approval(known: Webinar) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    report = run_with_approval(world, "load_people", lambda: world.org.delete(lead))
    assert row(world) == ("skipped", SUPERSEDED, False)
    assert report["verdict"] == "ok", report
    assert world.run()["verdict"] == "ok"
    assert world.record("CampaignMember")["LeadId"] == world.record("Lead", Email="ada@acme.example")["Id"]


def test_a_lead_converted_to_a_contact_without_the_planned_value(known: Webinar) -> None:
    world = known.world
    run_with_approval(world, "load_people", lambda: world.org.convert_lead(world.record("Lead")["Id"]))
    assert row(world) == ("skipped", SUPERSEDED, False)
    assert world.run()["verdict"] == "ok"
    assert world.record("Contact")["Title"] == "CTO"


@pytest.fixture
def member(webinar: Webinar) -> Webinar:
    """Ada is a member and has attended since."""
    webinar.register("ada")
    webinar.world.run()
    webinar.world.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    webinar.world.sandbox.clock.advance(days=2)
    return webinar


def test_a_member_deleted_before_the_approval(member: Webinar) -> None:
    world = member.world
    gone = world.record("CampaignMember")["Id"]
    run_with_approval(world, "load_members-0", lambda: world.org.delete(gone))
    assert row(world) == ("skipped", SUPERSEDED, False)
    world.sandbox.clock.advance(hours=1)
    assert [problem["code"] for problem in world.run()["problems"]] == ["MEMBER_DELETED"]
    assert world.org.rows("CampaignMember") == []


@pytest.mark.parametrize("recreate", [True, False])
def test_a_campaign_deleted_before_the_approval(
    member: Webinar, recreate: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = member.world
    file = tmp_path / "mapping.yaml"
    file.write_text(f"campaign: {{recreate_deleted: {str(recreate).lower()}}}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    member.register("bob")
    report = run_with_approval(world, "load_campaigns", lambda: world.org.delete(world.record("Campaign")["Id"]))
    accounting = world.accounting(report["run_id"])
    assert set(accounting["reason"]) == {SUPERSEDED}
    assert not accounting["loaded"].any()
    report = world.run(manual=True)
    if recreate:
        assert report["verdict"] == "ok", report
        assert len(world.org.rows("CampaignMember")) == 2
    else:
        assert set(world.accounting(report["run_id"])["code"]) == {"CAMPAIGN_DELETED"}


def test_a_retried_load_gives_the_same_accounting(member: Webinar) -> None:
    world = member.world
    run_with_approval(world, "load_members-0", lambda: None, tries=(1, 2))
    bucket, _, loaded = row(world)
    assert (bucket, loaded) == ("updated", True)


@pytest.mark.parametrize("load", ["load_campaigns", "load_people", "load_members-0"])
def test_writes_of_an_earlier_attempt_count_as_written(webinar: Webinar, load: str) -> None:
    """Airflow retries a load that ended: nothing is left to do."""
    webinar.register("ada")
    report = run_with_approval(webinar.world, load, lambda: None, tries=(1, 2))
    counts = {name: count["created"] for name, count in report["objects"].items() if count["created"]}
    assert counts == {"Campaign": 1, "CampaignMemberStatus": 3, "Lead": 1, "CampaignMember": 1}
    assert report["status_moves"] == {"new > Registered": 1}
