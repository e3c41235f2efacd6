"""Campaigns are closed after their members, in orgs that reject changes of the members of closed ones (field A13)."""

from __future__ import annotations

from typing import Any

import pytest

from service_sandbox.salesforce.org.automation_rules import FrozenMembers
from tests.harness.webinar import Webinar, members, run_undo
from tests.harness.world import World

FROZEN = [{"field": "IsActive", "value": 0}, {"field": "Status", "value": "Completed"}]


@pytest.fixture(params=FROZEN, ids=lambda one: one["field"])
def frozen_org(request: pytest.FixtureRequest, webinar: Webinar) -> Webinar:
    webinar.world.org.automation.frozen_members.append(FrozenMembers(**request.param))
    return webinar


@pytest.fixture
def frozen(frozen_org: Webinar) -> Webinar:
    for name in ("ada", "bob"):
        frozen_org.register(name)
    frozen_org.world.run()
    frozen_org.world.livestorm.attend(frozen_org.session, "ada@acme.example", rate=80)
    return frozen_org


def campaign(world: World) -> tuple[str, bool]:
    row = world.record("Campaign")
    return row["Status"], row["IsActive"]


def order_of_writes(world: World) -> list[str]:
    return list(dict.fromkeys(write.object for write in world.org.writes.all))


def run(world: World, **advance: float) -> dict[str, Any]:
    world.sandbox.clock.advance(**advance)
    world.org.writes.reset()
    return world.run()


def test_members_are_updated_before_their_campaign_is_closed(frozen: Webinar) -> None:
    world = frozen.world
    report = run(world, days=2)
    assert members(world) == {"ada": "Attended", "bob": "Not Attended"}
    assert (report["verdict"], campaign(world)) == ("ok", ("Completed", False))
    assert order_of_writes(world) == ["CampaignMember", "Campaign"]
    assert report["objects"]["Campaign"] == {"created": 0, "updated": 1}


def test_a_campaign_is_not_closed_before_the_attendance_is_known(frozen: Webinar) -> None:
    world = frozen.world
    assert run(world, hours=25, minutes=3)["verdict"] == "ok"  # three minutes after the end
    assert campaign(world)[1] is True and "Completed" not in campaign(world)
    assert run(world, minutes=30)["verdict"] == "ok"
    assert members(world) == {"ada": "Attended", "bob": "Not Attended"}
    assert campaign(world) == ("Completed", False)


def test_a_refused_member_keeps_no_campaign_open(frozen: Webinar) -> None:
    world = frozen.world
    world.refuse("CampaignMember", "Status", "^Attended$")
    assert run(world, days=2)["verdict"] == "problems"
    assert members(world) == {"ada": "Registered", "bob": "Not Attended"}
    assert campaign(world) == ("Completed", False)


def test_an_undo_reopens_the_campaign_before_its_members(frozen: Webinar) -> None:
    world = frozen.world
    run(world, days=2)
    run_undo(world, world.last["run_id"])
    assert set(members(world).values()) == {"Registered"}
    assert campaign(world) == ("Planned", True)


def test_a_campaign_without_member_changes_is_closed_with_the_campaigns(webinar: Webinar) -> None:
    world = webinar.world
    world.run()
    run(world, days=2)
    assert order_of_writes(world) == ["Campaign"]
    assert campaign(world) == ("Completed", False)


def codes(report: dict[str, Any]) -> dict[str, int]:
    return {problem["code"]: problem["count"] for problem in report["problems"]}


def test_the_members_of_a_webinar_that_is_read_first_after_its_end_are_held_back(frozen_org: Webinar) -> None:
    """Its Campaign is created closed, and is never opened for its members."""
    world = frozen_org.world
    for name in ("ada", "bob"):
        frozen_org.register(name)
    world.livestorm.attend(frozen_org.session, "ada@acme.example", rate=80)
    world.sandbox.clock.advance(days=2)
    assert codes(world.run({"backfill_from": "2026-11-01"}, manual=True)) == {"MEMBER_FROZEN": 2}
    assert members(world) == {}
    assert campaign(world) == ("Completed", False)
    world.org.automation.frozen_members.clear()
    assert codes(world.run({}, manual=True)) == {}
    assert members(world) == {"ada": "Attended", "bob": "Not Attended"}


def test_a_late_replay_view_is_refused_once_and_then_held_back(frozen: Webinar) -> None:
    world = frozen.world
    world.org.add_field("CampaignMember", "Livestorm_Replay_Status__c", label="Replay", length=64)
    run(world, days=2)
    world.livestorm.view_replay(frozen.session, "bob@acme.example")
    reports = [run(world, days=1) for _ in range(4)]
    found = [codes(report) for report in reports]
    assert found.count({"MEMBER_FROZEN": 1}) == 1
    assert {"IN_QUARANTINE": 1} in found
    assert found[found.index({"MEMBER_FROZEN": 1}) + 1 :].count({"IN_QUARANTINE": 1}) >= 1
    assert order_of_writes(world) == []
    world.org.automation.frozen_members.clear()
    assert codes(world.run({}, manual=True)) == {}
    assert world.quarantine.empty
