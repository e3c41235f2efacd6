"""The user of the connection does not see a Campaign that exists: no second one is created (field C7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.enums import SObject
from livestorm_salesforce.readers import record_visibility
from tests.harness.webinar import Webinar, link, make_webinar
from tests.harness.world import World
from tests.integration.safety import situations
from tests.integration.safety.situations import see_all, use_other_user
from tests.integration.safety.test_hidden_records import codes, people

PRIVATE = {"Campaign": "None"}
KEEP = "campaign: {recreate_deleted: false}\n"


def campaigns(world: World) -> list[str]:
    return sorted(row["Name"].split(" - ")[0] for row in world.org.rows("Campaign"))


@pytest.fixture
def synced(webinar: Webinar) -> Webinar:
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"
    return webinar


def hide_campaigns(world: World, **rights: Any) -> None:
    world.org.users.share(PRIVATE)
    use_other_user(world, **rights)


@pytest.mark.parametrize("mapping", ["version: 1\n", KEEP], ids=["created again", "not created again"])
@pytest.mark.parametrize("unique", [True, False])
def test_a_hidden_campaign_is_not_created_again(synced: Webinar, tmp_path: Path, mapping: str, unique: bool) -> None:
    """Also where only our reading could stop a second one, because the session id is not unique."""
    world = synced.world
    situations.mapping(tmp_path, mapping)
    world.org.schema["Campaign"].fields["Livestorm_Session_Id__c"].unique = unique
    hide_campaigns(world)
    make_webinar(world, "Second").register("cyd")
    synced.register("bob")
    for _ in range(2):
        world.run({"full_read": True}, manual=True)
        assert campaigns(world) == ["Product tour", "Second"]
        assert "CAMPAIGN_HIDDEN" in codes(world)
        assert world.last["verdict"] == "problems" and "error" not in world.last
        world.sandbox.clock.advance(hours=1)
    assert len(world.org.rows("CampaignMember")) == 2


def test_a_hidden_campaign_is_continued_once_it_is_visible(synced: Webinar) -> None:
    world = synced.world
    hide_campaigns(world)
    synced.register("bob")
    world.run({"full_read": True}, manual=True)
    see_all(world)
    world.run({"full_read": True}, manual=True)
    assert "CAMPAIGN_HIDDEN" not in codes(world)
    assert campaigns(world) == ["Product tour"] and people(world) == ["ada@acme.example", "bob@acme.example"]
    assert len(world.org.rows("CampaignMember")) == 2


def test_a_linked_campaign_that_is_hidden_is_reported_as_such(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = webinar.world
    (campaign,) = world.org.insert("Campaign", [{"Name": "Tour"}])
    link(monkeypatch, tmp_path, f"events: {{{webinar.event}: {campaign[:15]}}}")
    hide_campaigns(world)
    webinar.register("ada")
    world.run()
    assert "CAMPAIGN_HIDDEN" in codes(world)
    assert campaigns(world) == ["Tour"] and not world.org.rows("CampaignMember")


@pytest.mark.parametrize("purged", [False, True])
def test_a_deleted_campaign_is_created_again_where_every_user_sees_all(synced: Webinar, purged: bool) -> None:
    world = synced.world
    campaign = world.record("Campaign", Name=world.org.rows("Campaign")[0]["Name"])["Id"]
    world.org.delete(campaign)
    if purged:
        world.org.store.execute('DELETE FROM "Campaign" WHERE Id = ?', (campaign,))
    world.run({"full_read": True}, manual=True)
    assert "CAMPAIGN_RECREATED" in codes(world) and "CAMPAIGN_HIDDEN" not in codes(world)
    assert len(world.org.rows("Campaign")) == 1


def test_a_deleted_campaign_in_the_recycle_bin_is_not_hidden(synced: Webinar) -> None:
    """Of the user's own records the recycle bin shows the deleted ones."""
    world = synced.world
    hide_campaigns(world)
    second = make_webinar(world, "Second")
    second.register("cyd")
    world.run()
    world.org.delete(world.org.rows("Campaign")[-1]["Id"])
    world.run({"full_read": True}, manual=True)
    assert {"CAMPAIGN_HIDDEN", "CAMPAIGN_RECREATED"} <= codes(world).keys()
    assert campaigns(world) == ["Product tour", "Second"]


def test_a_campaign_that_no_run_knows_is_refused_by_its_unique_id(webinar: Webinar, tmp_path: Path) -> None:
    """Another deployment created it, or the state was lost."""
    world = webinar.world
    row = {"Name": "Product tour", "Livestorm_Session_Id__c": webinar.session}
    world.org.insert("Campaign", [row])
    hide_campaigns(world)
    webinar.register("ada")
    world.run()
    assert "CAMPAIGN_DUPLICATE_VALUE" in codes(world) and world.last["verdict"] == "problems"
    assert campaigns(world) == ["Product tour"]


def test_a_server_that_does_not_tell_its_defaults_is_not_taken_for_a_private_org(
    synced: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = synced.world
    monkeypatch.setitem(record_visibility.DEFAULT_ACCESS, SObject.CAMPAIGN, "NoSuchField__c")
    world.org.delete(world.org.rows("Campaign")[0]["Id"])
    world.run({"full_read": True}, manual=True)
    assert "CAMPAIGN_RECREATED" in codes(world)


@pytest.mark.parametrize("mapping", ["version: 1\n", KEEP])
@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("stored", [None, "SESSION", "somebody's own number"])
def test_a_campaign_whose_session_id_was_changed_is_followed(
    synced: Webinar, tmp_path: Path, mapping: str, unique: bool, stored: str | None
) -> None:
    """A user clears it, or a flow rewrites it: the Campaign is found by its stored id, as people are."""
    world = synced.world
    situations.mapping(tmp_path, mapping)
    world.org.schema["Campaign"].fields["Livestorm_Session_Id__c"].unique = unique
    world.org.edit(world.org.rows("Campaign")[0]["Id"], Livestorm_Session_Id__c=stored)
    synced.register("bob")
    for _ in range(2):
        world.run({"full_read": True}, manual=True)
        assert campaigns(world) == ["Product tour"] and len(world.org.rows("CampaignMember")) == 2
        assert codes(world) == {"SESSION_FIELD_DIFFERS": 1}


def test_a_flow_that_rewrites_the_session_id_makes_one_campaign(webinar: Webinar) -> None:
    world = webinar.world
    flow = {"object": "Campaign", "field": "Livestorm_Session_Id__c", "pattern": "-", "replace": ""}
    world.org.automation.configure({"flows": [flow]})
    webinar.register("ada")
    for _ in range(3):
        world.run({"full_read": True}, manual=True)
        world.sandbox.clock.advance(days=1)
    assert campaigns(world) == ["Product tour"]
    assert world.record("CampaignMember")["Status"] == "Not Attended"


def test_another_campaign_with_the_stored_id_is_not_followed(synced: Webinar) -> None:
    """An org that is set up again assigns the same ids."""
    world = synced.world
    world.run({"full_read": True}, manual=True)
    campaign = world.org.rows("Campaign")[0]["Id"]
    values = {"CreatedDate": "2020-01-01T00:00:00.000+0000", "Name": "Older", "Livestorm_Session_Id__c": None}
    world.org.store.update(world.org.schema["Campaign"], campaign, values)
    world.run({"full_read": True}, manual=True)
    assert campaigns(world) == ["Older", "Product tour"]
