"""Two Campaigns carry one session id: the field is not unique, or somebody cloned one."""

from __future__ import annotations

import pytest

from tests.harness.webinar import Webinar

FIELD = "Livestorm_Session_Id__c"


@pytest.fixture
def cloned(webinar: Webinar) -> Webinar:
    """A clone that is younger by CreatedDate, although its Id sorts first."""
    world = webinar.world
    world.org.schema["Campaign"].fields[FIELD].unique = False
    clone, own = world.org.insert("Campaign", [{"Name": name, FIELD: webinar.session} for name in ("Clone", "Own")])
    world.org.edit(clone, CreatedDate="2026-11-20T00:00:00.000+0000")
    world.org.edit(own, CreatedDate="2026-11-01T00:00:00.000+0000")
    webinar.register("ada")
    return webinar


def test_members_go_to_the_oldest_and_stay_there(cloned: Webinar) -> None:
    world = cloned.world
    own = world.record("Campaign", CreatedDate="2026-11-01T00:00:00.000+0000")["Id"]
    assert world.run()["verdict"] == "ok"
    count = world.org.writes.count()
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert world.org.writes.count() == count
    assert world.record("CampaignMember")["CampaignId"] == own


def test_a_session_id_typed_in_capitals_is_the_session(webinar: Webinar) -> None:
    world = webinar.world
    [typed] = world.org.insert("Campaign", [{"Name": "Typed in", FIELD: webinar.session.upper()}])
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    count = world.org.writes.count()
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert world.org.writes.count() == count, "a Campaign that is there is not made anew"
    assert world.record("Campaign")["Id"] == typed
    assert world.record("CampaignMember")["CampaignId"] == typed


def test_a_session_that_is_over_keeps_to_the_oldest_too(cloned: Webinar) -> None:
    """Its Campaign is looked for when sessions are listed, before anything is planned."""
    world = cloned.world
    world.sandbox.clock.advance(days=2)
    assert world.run()["verdict"] == "ok"
    own = world.record("Campaign", CreatedDate="2026-11-01T00:00:00.000+0000")["Id"]
    sessions = world.task(world.last["run_id"], "").folder.read("sessions")
    assert sessions["campaign_id"].tolist() == [own]
