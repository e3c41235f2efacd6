"""A status that the org refuses: it is told, nobody gets another one instead, and it heals once the status is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from livestorm_salesforce.errors import OutcomeUnknown
from livestorm_salesforce.tasks import load_campaigns
from tests.harness.webinar import Webinar
from tests.harness.world import World

STATUS = "CampaignMemberStatus"
CODE = "STATUS_FIELD_CUSTOM_VALIDATION_EXCEPTION"
LINK = "campaign: {{link: {{sessions: {{{session}: {campaign}}}}}}}\n"


def labels(world: World) -> set[str]:
    return {row["Label"] for row in world.org.rows(STATUS)}


def problem(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in told["problems"] if one["code"] == code)


def test_a_refused_status_is_a_problem_and_not_counted_as_made(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^(Attended|Not Attended)$")
    webinar.register("ada")
    told = world.run()
    assert told["verdict"] == "problems", told
    assert problem(told, CODE)["count"] == 2
    assert problem(told, CODE)["public"] == "statuses refused: Attended, Not Attended"
    assert "validation rule" in problem(told, CODE)["remedy"]
    assert told["objects"][STATUS] == {"created": 1, "updated": 0}
    assert world.record("CampaignMember")["Status"] == "Registered"


def test_the_report_in_the_run_folder_says_what_salesforce_said(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^Attended$", message="no more statuses, please")
    told = world.run()
    private = Path(told["report"].removeprefix("file://")).read_text()
    campaign = world.record("Campaign")["Id"]
    assert f"{CODE}: statuses refused: Attended (Campaigns {campaign}): no more statuses, please" in private
    assert f"{CODE}: statuses refused: Attended |" in told["markdown"]
    assert "please" not in told["markdown"]


def test_nobody_becomes_a_member_with_a_status_that_is_not_ours(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^Registered$")
    webinar.register("ada")
    told = world.run()
    assert told["verdict"] == "problems"
    assert not world.org.rows("CampaignMember")
    row = world.accounting(told["run_id"]).iloc[0]
    assert (row["bucket"], row["code"], bool(row["loaded"])) == ("refused", "STATUS_MISSING", False)
    assert "'Registered'" in row["message"]
    world.accept(STATUS)
    assert world.run(manual=True)["verdict"] == "ok"
    assert world.record("CampaignMember")["Status"] == "Registered"


def test_who_attended_gets_the_status_once_the_campaign_offers_it(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^Attended$")
    webinar.register("ada")
    world.run()
    world.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    world.sandbox.clock.advance(days=2)
    told = world.run(manual=True)
    assert told["verdict"] == "problems"
    assert problem(told, "STATUS_MISSING")["count"] == 1
    assert world.record("CampaignMember")["Status"] == "Registered"
    world.accept(STATUS)
    assert world.run(manual=True)["verdict"] == "ok"
    assert world.record("CampaignMember")["Status"] == "Attended"


OURS = {"Registered", "Not Attended", "Attended"}


def cut_short(world: World) -> None:
    """A run that makes the Campaign and never gets to its statuses."""
    with patch(f"{load_campaigns.__module__}._send_statuses", side_effect=OutcomeUnknown("died here")):
        assert world.run()["verdict"] == "failed"
    assert world.org.rows("Campaign")
    assert not labels(world) & OURS


@pytest.mark.parametrize("hours", [1, 30])
def test_a_campaign_whose_run_was_cut_short_gets_its_statuses(webinar: Webinar, hours: int) -> None:
    """Also where nobody registered, and where the session is over by then, so that Salesforce is asked for it."""
    cut_short(webinar.world)
    webinar.world.sandbox.clock.advance(hours=hours)
    assert webinar.world.run()["verdict"] == "ok"
    assert labels(webinar.world) >= OURS


def test_so_does_one_that_was_made_anew_in_place_of_a_deleted_one(webinar: Webinar) -> None:
    world = webinar.world
    world.run()
    world.org.delete(world.record("Campaign")["Id"])
    cut_short(world)
    assert world.run()["verdict"] == "ok"
    assert labels(world) >= OURS


@pytest.fixture
def linked(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webinar:
    """The session goes to a Campaign of marketing's, whose default is Sent."""
    [campaign] = webinar.world.org.insert("Campaign", [{"Name": "Ours since spring"}])
    file = tmp_path / "mapping.yaml"
    file.write_text(LINK.format(session=webinar.session, campaign=campaign))
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    webinar.register("ada")
    return webinar


def test_a_linked_campaign_that_takes_no_status_takes_no_member(linked: Webinar) -> None:
    world = linked.world
    world.refuse(STATUS, "Label", "^Registered$")
    told = world.run()
    assert problem(told, CODE)["count"] == 1
    assert problem(told, "STATUS_MISSING")["count"] == 1
    assert not world.org.rows("CampaignMember")


@pytest.mark.parametrize("again", [False, True])
def test_registered_replaced_on_a_linked_campaign_is_found(linked: Webinar, again: bool) -> None:
    """Somebody takes the status away again before members are written."""
    world = linked.world
    if again:  # all statuses are there already, so none is read back
        world.run()
        linked.register("bob")
    world.before = lambda task: task == "load_members-0" and take_away(world, "Registered")
    told = world.run()
    assert problem(told, "STATUS_REPLACED")["count"] == 1
    world.before = lambda task: None


def take_away(world: World, label: str) -> None:
    status = world.record(STATUS, Label=label)["Id"]
    world.org.store.execute('DELETE FROM "CampaignMemberStatus" WHERE Id = ?', (status,))
    world.org.forget_statuses()


def test_a_linked_campaign_with_everything_in_place_is_well(linked: Webinar) -> None:
    world = linked.world
    assert world.run()["verdict"] == "ok"
    assert labels(world) >= {"Sent", "Responded", "Registered", "Not Attended", "Attended"}
    assert world.record("CampaignMember")["Status"] == "Registered"
