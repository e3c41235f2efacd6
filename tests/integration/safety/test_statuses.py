"""A status that the org refuses is reported, is not replaced by another one, and is written once the org accepts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from livestorm_salesforce.errors import OutcomeUnknown
from livestorm_salesforce.tasks import load_campaigns
from tests.harness.webinar import Webinar, members
from tests.harness.world import World

STATUS = "CampaignMemberStatus"
CODE = "STATUS_FIELD_CUSTOM_VALIDATION_EXCEPTION"
LINK = "campaign: {{link: {{sessions: {{{session}: {campaign}}}}}}}\n"


def labels(world: World) -> set[str]:
    return {row["Label"] for row in world.org.rows(STATUS)}


def problem(report: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in report["problems"] if one["code"] == code)


def test_a_refused_status_is_a_problem_and_not_counted_as_created(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^(Attended|Not Attended)$")
    webinar.register("ada")
    report = world.run()
    assert report["verdict"] == "problems", report
    assert problem(report, CODE)["count"] == 2
    assert problem(report, CODE)["public"] == "statuses refused: Attended, Not Attended"
    assert "validation rule" in problem(report, CODE)["remedy"]
    assert report["objects"][STATUS] == {"created": 1, "updated": 0}
    assert world.record("CampaignMember")["Status"] == "Registered"


def test_the_report_in_the_run_folder_quotes_salesforce(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^Attended$", message="no more statuses, please")
    report = world.run()
    private = Path(report["report"].removeprefix("file://")).read_text()
    campaign = world.record("Campaign")["Id"]
    assert f"{CODE}: statuses refused: Attended (Campaigns {campaign}): no more statuses, please" in private
    assert f"{CODE}: statuses refused: Attended |" in report["markdown"]
    assert "please" not in report["markdown"]


def test_nobody_becomes_a_member_with_a_status_outside_the_ladder(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^Registered$")
    webinar.register("ada")
    report = world.run()
    assert report["verdict"] == "problems"
    assert not world.org.rows("CampaignMember")
    row = world.accounting(report["run_id"]).iloc[0]
    assert (row["bucket"], row["code"], bool(row["loaded"])) == ("refused", "STATUS_MISSING", False)
    assert "'Registered'" in row["message"]
    world.accept(STATUS)
    assert world.run(manual=True)["verdict"] == "ok"
    assert world.record("CampaignMember")["Status"] == "Registered"


def test_an_attendee_gets_the_status_once_the_campaign_offers_it(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse(STATUS, "Label", "^Attended$")
    webinar.register("ada")
    world.run()
    world.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    world.sandbox.clock.advance(days=2)
    report = world.run(manual=True)
    assert report["verdict"] == "problems"
    assert problem(report, "STATUS_MISSING")["count"] == 1
    assert world.record("CampaignMember")["Status"] == "Registered"
    world.accept(STATUS)
    assert world.run(manual=True)["verdict"] == "ok"
    assert world.record("CampaignMember")["Status"] == "Attended"


OURS = {"Registered", "Not Attended", "Attended"}


def run_interrupted(world: World) -> None:
    """A run that creates the Campaign and fails before its statuses."""
    with patch.object(load_campaigns, "_send_statuses", side_effect=OutcomeUnknown("died here")):
        assert world.run()["verdict"] == "failed"
    assert world.org.rows("Campaign")
    assert not labels(world) & OURS


@pytest.mark.parametrize("hours", [1, 30])
def test_a_campaign_of_an_interrupted_run_gets_its_statuses(webinar: Webinar, hours: int) -> None:
    """Also without registrants, and after the session's end."""
    run_interrupted(webinar.world)
    webinar.world.sandbox.clock.advance(hours=hours)
    assert webinar.world.run()["verdict"] == "ok"
    assert labels(webinar.world) >= OURS


def test_a_recreated_campaign_of_an_interrupted_run_gets_its_statuses(webinar: Webinar) -> None:
    world = webinar.world
    world.run()
    world.org.delete(world.record("Campaign")["Id"])
    run_interrupted(world)
    assert world.run()["verdict"] == "ok"
    assert labels(world) >= OURS


@pytest.fixture
def linked(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webinar:
    """The session is linked to a Campaign whose default status is Sent."""
    [campaign] = webinar.world.org.insert("Campaign", [{"Name": "Ours since spring"}])
    file = tmp_path / "mapping.yaml"
    file.write_text(LINK.format(session=webinar.session, campaign=campaign))
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    webinar.register("ada")
    return webinar


def test_a_linked_campaign_that_refuses_statuses_gets_no_members(linked: Webinar) -> None:
    world = linked.world
    world.refuse(STATUS, "Label", "^Registered$")
    report = world.run()
    assert problem(report, CODE)["count"] == 1
    assert problem(report, "STATUS_MISSING")["count"] == 1
    assert not world.org.rows("CampaignMember")


@pytest.mark.parametrize("again", [False, True])
def test_a_replaced_first_status_of_a_linked_campaign_is_detected(linked: Webinar, again: bool) -> None:
    """The status is deleted before the members are written."""
    world = linked.world
    if again:  # all statuses are there already, so none is read back
        world.run()
        linked.register("bob")
    world.before = lambda task: task == "load_members-0" and delete_status(world, "Registered")
    report = world.run()
    assert problem(report, "STATUS_REPLACED")["count"] == 1
    world.before = lambda task: None


def delete_status(world: World, label: str) -> None:
    status = world.record(STATUS, Label=label)["Id"]
    world.org.store.execute('DELETE FROM "CampaignMemberStatus" WHERE Id = ?', (status,))
    world.org.clear_status_cache()


def test_a_linked_campaign_with_all_statuses_has_no_problem(linked: Webinar) -> None:
    world = linked.world
    assert world.run()["verdict"] == "ok"
    assert labels(world) >= {"Sent", "Responded", "Registered", "Not Attended", "Attended"}
    assert world.record("CampaignMember")["Status"] == "Registered"


def invite(world: World, campaign: str, **statuses: str) -> None:
    """Members that marketing uploaded: name and status."""
    for name, status in statuses.items():
        person = {"LastName": name, "Company": "Acme", "Email": f"{name}@acme.example"}
        (lead,) = world.org.insert("Lead", [person])
        if status not in {row["Label"] for row in world.org.statuses(campaign)}:
            world.org.insert(STATUS, [{"CampaignId": campaign, "Label": status}])
        world.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead, "Status": status}])


def test_invited_people_who_register_and_attend_move_up(linked: Webinar) -> None:
    """Field A6: Sent is replaced by default; another status is kept and reported with its remedy."""
    world = linked.world
    invite(world, world.record("Campaign")["Id"], bob="Sent", cyd="Invited", dan="Sent")
    for name in ("bob", "cyd"):
        linked.register(name)
    report = world.run()
    assert members(world) == {"ada": "Registered", "bob": "Registered", "cyd": "Invited", "dan": "Sent"}
    kept = problem(report, "STATUS_KEPT")
    assert (kept["count"], kept["severity"], "kept: Invited" in kept["public"]) == (1, "note", True)
    assert "statuses.replaces" in kept["remedy"] and "all is well" not in report["markdown"]
    for name in ("bob", "cyd"):
        world.livestorm.attend(linked.session, f"{name}@acme.example", rate=80)
    world.sandbox.clock.advance(days=2)
    assert problem(world.run(), "STATUS_KEPT")["count"] == 1
    assert members(world)["bob"] == "Attended" and members(world)["cyd"] == "Invited"


def test_a_configured_status_is_replaced(linked: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = linked.world
    campaign = world.record("Campaign")["Id"]
    file = tmp_path / "mapping.yaml"
    file.write_text(
        LINK.format(session=linked.session, campaign=campaign) + "statuses: {replaces: [Sent, Invited, Waitlisted]}\n"
    )
    invite(world, campaign, bob="Invited", cyd="Waitlisted")
    for name in ("bob", "cyd"):
        linked.register(name)
    report = world.run()
    assert set(members(world).values()) == {"Registered"} and "all is well" in report["markdown"]
