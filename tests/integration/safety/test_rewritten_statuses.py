"""Flows and apps of the org change the statuses that the sync wrote."""

from __future__ import annotations

import pytest

from service_sandbox.salesforce.org.automation_rules import Flow, StatusApp
from tests.harness.webinar import Webinar, members
from tests.integration.safety.test_statuses import OURS, labels, problem

OWN = [{"Label": "Invited", "IsDefault": True, "HasResponded": False}, {"Label": "Came", "HasResponded": True}]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_that_a_flow_changes_to_another_of_the_campaign_is_accepted(webinar: Webinar, when: str) -> None:
    """Field A12."""
    world = webinar.world
    mql = {"Label": "Attended - MQL", "IsDefault": False, "HasResponded": True}
    world.org.default_statuses.append(mql)
    flow = Flow("CampaignMember", when=when, where={"Status": "Attended"}, set={"Status": "Attended - MQL"})
    world.org.automation.flows.append(flow)
    for name in ("ada", "bob"):
        webinar.register(name)
    world.run()
    world.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    world.sandbox.clock.advance(days=2)
    report = world.run()
    assert members(world) == {"ada": "Attended - MQL", "bob": "Not Attended"}
    changed = problem(report, "STATUS_CHANGED")
    assert (report["verdict"], changed["severity"], changed["count"]) == ("ok", "note", 1)
    assert "Attended - MQL" in changed["public"] and world.quarantine.empty
    world.org.writes.reset()
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert world.org.writes.count() == 0


def test_an_app_may_rewrite_the_statuses_of_a_new_campaign(webinar: Webinar) -> None:
    """Field B9: those of the mapping are added beside them."""
    world = webinar.world
    world.org.automation.status_apps.append(StatusApp("Webinar", OWN))
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    assert labels(world) == {"Invited", "Came", *OURS}
    assert world.record("CampaignMember")["Status"] == "Registered"


def test_statuses_that_an_app_removes_later_are_added_again(webinar: Webinar) -> None:
    """Field B9: members that got the app's default meanwhile are corrected."""
    world = webinar.world
    world.org.automation.status_apps.append(StatusApp("Webinar", OWN, after_seconds=1))
    world.before = lambda task: task == "load_people" and world.sandbox.clock.advance(seconds=2)
    webinar.register("ada")
    world.run()
    world.before = lambda task: None
    assert members(world) == {"ada": "Invited"}
    webinar.register("bob")
    world.sandbox.clock.advance(hours=2)
    world.run()
    assert members(world) == {"ada": "Registered", "bob": "Registered"}
    assert labels(world) >= OURS
