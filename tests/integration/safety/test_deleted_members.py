"""Campaign Members and records that a user deleted stay deleted and are reported (field finding A15)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar, make_webinar, members

ADA = "ada@acme.example"
DELETED = {"MEMBER_DELETED": 1}


def codes(webinar: Webinar) -> dict[str, int]:
    return {problem["code"]: problem["count"] for problem in webinar.world.last["problems"]}


def full_read(webinar: Webinar) -> None:
    assert webinar.world.run({"full_read": True}, manual=True)["verdict"] == "ok", webinar.world.last


def member_of(webinar: Webinar, name: str) -> str:
    lead = webinar.world.record("Lead", Email=f"{name}@acme.example")["Id"]
    return webinar.world.record("CampaignMember", LeadId=lead)["Id"]


@pytest.fixture
def synced(webinar: Webinar) -> Webinar:
    webinar.register("ada")
    webinar.register("bob")
    assert webinar.world.run()["verdict"] == "ok"
    return webinar


@pytest.fixture
def deleted(synced: Webinar) -> Webinar:
    """Ada's member is deleted and a run has noticed it."""
    synced.world.org.delete(member_of(synced, "ada"))
    synced.world.sandbox.clock.advance(days=7)
    full_read(synced)
    return synced


def test_a_deleted_member_is_not_created_again_and_every_report_counts_it(deleted: Webinar) -> None:
    world = deleted.world
    assert codes(deleted) == DELETED
    rows = world.accounting(world.last["run_id"]).set_index("bucket")["reason"].to_dict()
    assert rows["skipped"] == "a user deleted its Campaign Member: not created again"
    for days in (0.04, 7, 0.04):
        world.sandbox.clock.advance(days=days)
        assert world.run()["verdict"] == "ok"
        assert set(members(world)) == {"bob"}
        assert codes(deleted) == DELETED


def test_a_deleted_member_costs_no_call_in_later_runs(deleted: Webinar) -> None:
    """The row is settled: its session is not read again before something changes."""
    world = deleted.world
    world.sandbox.clock.advance(minutes=15)
    world.sandbox.calls.reset()
    world.run()
    assert not world.sandbox.calls.count(service="livestorm", call_type="people.list")
    assert not world.sandbox.calls.count(service="salesforce", call_type="query")
    assert codes(deleted) == DELETED


def test_a_deleted_lead_costs_no_call_in_later_runs(synced: Webinar) -> None:
    world = synced.world
    world.org.delete(world.record("Lead", Email=ADA)["Id"])
    full_read(synced)
    world.sandbox.clock.advance(minutes=15)
    world.sandbox.calls.reset()
    world.run()
    assert not world.sandbox.calls.count(service="livestorm", call_type="people.list")
    assert codes(synced) == {"RECORD_DELETED": 1}


def test_the_person_of_a_deleted_member_is_still_updated(deleted: Webinar) -> None:
    world = deleted.world
    world.livestorm.edit_registration(deleted.session, ADA, job_title="Director")
    full_read(deleted)
    assert world.record("Lead", Email=ADA)["Title"] == "Director"
    assert set(members(world)) == {"bob"}
    assert codes(deleted) == DELETED


def test_attendance_does_not_bring_a_deleted_member_back(deleted: Webinar) -> None:
    world = deleted.world
    world.livestorm.attend(deleted.session, ADA)
    world.sandbox.clock.advance(days=2)
    world.run()
    assert members(world) == {"bob": "Not Attended"}
    assert codes(deleted) == DELETED


def test_a_member_that_the_user_adds_again_is_updated(deleted: Webinar) -> None:
    world = deleted.world
    lead, campaign = world.record("Lead", Email=ADA)["Id"], world.record("Campaign")["Id"]
    world.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": lead}])
    world.livestorm.attend(deleted.session, ADA)
    full_read(deleted)
    assert members(world)["ada"] == "Attended"
    assert codes(deleted) == {}


def test_a_deleted_member_is_created_again_where_the_mapping_says_so(
    deleted: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = deleted.world
    (tmp_path / "mapping.yaml").write_text("people: {recreate_deleted: true}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    full_read(deleted)
    assert set(members(world)) == {"ada", "bob"}
    assert codes(deleted) == {}


def test_a_person_whose_member_was_deleted_becomes_a_member_of_other_campaigns(deleted: Webinar) -> None:
    make_webinar(deleted.world, "Second").register("ada")
    full_read(deleted)
    assert set(members(deleted.world)) == {"ada", "bob"}
    assert codes(deleted) == DELETED


def test_a_second_registration_does_not_bring_a_deleted_member_back(deleted: Webinar) -> None:
    """The same address registers again for the session."""
    deleted.register("ADA")
    full_read(deleted)
    assert set(members(deleted.world)) == {"bob"}
    assert codes(deleted)["MEMBER_DELETED"] >= 1


def test_members_moved_by_a_merge_are_followed(synced: Webinar) -> None:
    """Salesforce moves the member to the master record; the attendance reaches it."""
    world = synced.world
    loser = world.record("Lead", Email=ADA)["Id"]
    master = world.org.insert("Lead", [{"LastName": "L", "Company": "A", "Email": ADA}])[0]
    world.org.merge(master, loser)
    world.sandbox.clock.advance(hours=26)
    world.livestorm.attend(synced.session, ADA)
    full_read(synced)
    assert world.record("CampaignMember", LeadId=master)["Status"] == "Attended"
    assert codes(synced) == {}


def test_a_duplicate_that_is_deleted_with_its_member_does_not_count_as_a_deleted_member(webinar: Webinar) -> None:
    """The member was on the younger of two Leads of one address: deleting that Lead is not a decision about the
    member."""
    world = webinar.world
    older, younger = (
        world.org.insert("Lead", [{"LastName": name, "Company": "A", "Email": ADA}])[0] for name in ("Old", "Young")
    )
    webinar.register("bob")
    world.run()
    campaign = world.record("Campaign")["Id"]
    world.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": younger}])
    webinar.register("ada")
    world.sandbox.clock.advance(hours=1)
    world.run()
    world.org.delete(younger)
    full_read(webinar)
    assert world.record("CampaignMember", LeadId=older)
    assert "MEMBER_DELETED" not in codes(webinar)


def test_a_member_deleted_with_its_lead_comes_back_with_the_restored_lead(synced: Webinar) -> None:
    world = synced.world
    lead = world.record("Lead", Email=ADA)["Id"]
    world.org.delete(lead)
    full_read(synced)
    assert codes(synced) == {"RECORD_DELETED": 1}
    world.org.insert("Lead", [{"LastName": "Ada", "Company": "A", "Email": ADA}])
    full_read(synced)
    assert set(members(world)) == {"ada", "bob"}
    assert codes(synced) == {}


def use_mapping(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mapping.yaml").write_text(text)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(folder / "mapping.yaml"))


def test_a_campaign_that_is_created_again_is_reported(synced: Webinar) -> None:
    world = synced.world
    world.org.delete(world.record("Campaign")["Id"])
    found = []
    for _ in range(3):
        world.sandbox.clock.advance(hours=1)
        assert world.run()["verdict"] == "ok"
        found.append(codes(synced))
    assert found == [{"CAMPAIGN_RECREATED": 1}, {}, {}]
    assert set(members(world)) == {"ada", "bob"}


def test_a_campaign_that_stays_deleted_is_in_every_report_and_its_values_are_refused_once(
    synced: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = synced.world
    use_mapping("campaign: {recreate_deleted: false}\n", tmp_path, monkeypatch)
    world.org.delete(world.record("Campaign")["Id"])
    verdicts = []
    for _ in range(4):
        world.sandbox.clock.advance(hours=25)
        verdicts.append(world.run()["verdict"])
        assert codes(synced)["CAMPAIGN_DELETED"] >= 1
    assert verdicts == ["problems", "problems", "ok", "ok"]  # the second run brings the attendance
    assert world.org.rows("Campaign") == []
    world.org.insert("Campaign", [{"Name": "Restored", "Livestorm_Session_Id__c": synced.session}])
    world.run({}, manual=True)
    assert codes(synced) == {}
    assert set(members(world)) == {"ada", "bob"}
