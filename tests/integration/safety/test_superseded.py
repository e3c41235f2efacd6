"""Between a plan and its load somebody changes what it was about: what is not sent is not told as written, and the next
run plans it anew."""

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
    """Ada is a Lead already."""
    lead = {"FirstName": "Ada", "LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme", "Title": "Dev"}
    webinar.world.org.insert("Lead", [lead])
    webinar.register("ada", job_title="CTO")
    return webinar


def asking(world: World, task: str, do: Any, *, tries: tuple[int, ...] = (1,)) -> Report:
    """A run whose plan a person thinks about; `do` happens before this task, which is tried so often."""
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
def test_a_value_typed_while_somebody_thinks_about_the_plan(known: Webinar, tries: tuple[int, ...]) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    told = asking(world, "load_people", lambda: world.org.edit(lead, Title="Lead dev"), tries=tries)
    assert row(world) == ("skipped", SUPERSEDED, False)
    assert told["skipped"] == {SUPERSEDED: 1}
    assert told["objects"]["Lead"]["updated"] == 0
    assert world.record("Lead")["Title"] == "Lead dev"
    assert world.run()["verdict"] == "ok"
    assert world.record("Lead")["Title"] == "CTO"


def test_what_is_written_in_part_is_told_as_written_and_planned_again(known: Webinar) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    world.livestorm.edit_registration(known.session, "ada@acme.example", company="New Inc.")
    told = asking(world, "load_people", lambda: world.org.edit(lead, Title="Lead dev"))
    assert told["objects"]["Lead"]["updated"] == 1
    assert world.record("Lead")["Company"] == "New Inc."
    bucket, _, loaded = row(world)
    assert (bucket, loaded) == ("created", False)  # the member is new
    world.run()
    assert world.record("Lead")["Title"] == "CTO"


def test_what_somebody_typed_just_as_planned_is_done(known: Webinar) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    asking(world, "load_people", lambda: world.org.edit(lead, Title="CTO"))
    assert row(world)[2]


def test_a_person_deleted_while_somebody_thinks(known: Webinar) -> None:
    world = known.world
    lead = world.record("Lead")["Id"]
    told = asking(world, "load_people", lambda: world.org.delete(lead))
    assert row(world) == ("skipped", SUPERSEDED, False)
    assert told["verdict"] == "ok", told
    assert world.run()["verdict"] == "ok"
    assert world.record("CampaignMember")["LeadId"] == world.record("Lead", Email="ada@acme.example")["Id"]


def test_a_lead_that_became_a_contact_who_lacks_what_was_planned(known: Webinar) -> None:
    world = known.world
    asking(world, "load_people", lambda: world.org.convert_lead(world.record("Lead")["Id"]))
    assert row(world) == ("skipped", SUPERSEDED, False)
    assert world.run()["verdict"] == "ok"
    assert world.record("Contact")["Title"] == "CTO"


@pytest.fixture
def member(webinar: Webinar) -> Webinar:
    """Ada is a member already, and has attended since."""
    webinar.register("ada")
    webinar.world.run()
    webinar.world.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    webinar.world.sandbox.clock.advance(days=2)
    return webinar


def test_a_member_deleted_while_somebody_thinks(member: Webinar) -> None:
    world = member.world
    gone = world.record("CampaignMember")["Id"]
    asking(world, "load_members-0", lambda: world.org.delete(gone))
    assert row(world) == ("skipped", SUPERSEDED, False)
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert world.record("CampaignMember")["Status"] == "Attended"


@pytest.mark.parametrize("recreate", [True, False])
def test_a_campaign_deleted_while_somebody_thinks(
    member: Webinar, recreate: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = member.world
    file = tmp_path / "mapping.yaml"
    file.write_text(f"campaign: {{recreate_deleted: {str(recreate).lower()}}}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    member.register("bob")
    told = asking(world, "load_campaigns", lambda: world.org.delete(world.record("Campaign")["Id"]))
    accounting = world.accounting(told["run_id"])
    assert set(accounting["reason"]) == {SUPERSEDED}
    assert not accounting["loaded"].any()
    told = world.run(manual=True)
    if recreate:
        assert told["verdict"] == "ok", told
        assert len(world.org.rows("CampaignMember")) == 2
    else:
        assert set(world.accounting(told["run_id"])["code"]) == {"CAMPAIGN_DELETED"}


def test_a_load_tried_again_gives_the_same_account(member: Webinar) -> None:
    world = member.world
    asking(world, "load_members-0", lambda: None, tries=(1, 2))
    bucket, _, loaded = row(world)
    assert (bucket, loaded) == ("updated", True)


@pytest.mark.parametrize("load", ["load_campaigns", "load_people", "load_members-0"])
def test_what_an_earlier_try_wrote_counts_as_written(webinar: Webinar, load: str) -> None:
    """A load ends, but Airflow does not hear of it and tries it again: nothing is left to do."""
    webinar.register("ada")
    told = asking(webinar.world, load, lambda: None, tries=(1, 2))
    counts = {name: count["created"] for name, count in told["objects"].items() if count["created"]}
    assert counts == {"Campaign": 1, "CampaignMemberStatus": 3, "Lead": 1, "CampaignMember": 1}
    assert told["status_moves"] == {"new > Registered": 1}
