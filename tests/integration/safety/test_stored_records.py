"""The record of a registration is followed when its address leads nowhere (field findings, A4, A5, A15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.errors import TransientError
from tests.harness.webinar import Webinar, make_webinar

ADA = "ada@acme.example"
RECREATE = "people: {recreate_deleted: true}\n"


def codes(webinar: Webinar) -> dict[str, int]:
    return {problem["code"]: problem["count"] for problem in webinar.world.last["problems"]}


def full_read(webinar: Webinar) -> None:
    assert webinar.world.run({"full_read": True}, manual=True)["verdict"] == "ok", webinar.world.last


def people(webinar: Webinar) -> list[str]:
    """Addresses of all people and the number of members per Campaign."""
    world = webinar.world
    return sorted(row["Email"] for name in ("Lead", "Contact") for row in world.org.rows(name))


@pytest.fixture
def synced(webinar: Webinar) -> Webinar:
    webinar.register("ada")
    webinar.register("bob")
    assert webinar.world.run()["verdict"] == "ok"
    return webinar


def test_a_corrected_address_does_not_lead_to_a_second_person(synced: Webinar) -> None:
    """The attendance at the session's end goes to the corrected record, whose address stays."""
    world = synced.world
    lead = world.record("Lead", Email=ADA)["Id"]
    world.org.edit(lead, Email="ada.lovelace@acme.example")
    world.sandbox.clock.advance(hours=26)
    world.livestorm.attend(synced.session, ADA)
    full_read(synced)
    assert people(synced) == ["ada.lovelace@acme.example", "bob@acme.example"]
    (member,) = [row for row in world.org.rows("CampaignMember") if row["LeadId"] == lead]
    assert member["Status"] == "Attended"
    assert codes(synced)["ADDRESS_DIFFERS"] == 1


def test_an_address_that_automation_changes_creates_one_person_in_six_weeks(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada+webinar")
    world.run()
    lead = world.record("Lead")["Id"]
    world.org.edit(lead, Email=ADA)
    for _ in range(6):
        world.sandbox.clock.advance(days=7)
        full_read(webinar)
    assert people(webinar) == [ADA]
    assert len(world.org.rows("CampaignMember")) == 1


def test_another_session_of_the_same_address_finds_the_record(synced: Webinar) -> None:
    world = synced.world
    lead = world.record("Lead", Email=ADA)["Id"]
    world.org.edit(lead, Email="other@acme.example")
    second = make_webinar(world, "Second")
    second.register("ada")
    full_read(synced)
    assert people(synced) == ["bob@acme.example", "other@acme.example"]
    assert len([row for row in world.org.rows("CampaignMember") if row["LeadId"] == lead]) == 2


def test_a_corrected_registration_finds_the_record(synced: Webinar) -> None:
    """The registrant corrects the address in Livestorm: the id of the registration leads to the record."""
    world = synced.world
    world.livestorm.edit_registration(synced.session, ADA, email="ada.l@acme.example")
    full_read(synced)
    assert len(people(synced)) == 2


def test_a_registration_that_somebody_else_took_over_does_not_change_the_first_person(synced: Webinar) -> None:
    """A colleague takes the place: another address and other names. Both are people of their own."""
    world = synced.world
    lead = world.record("Lead", Email=ADA)
    world.livestorm.edit_registration(
        synced.session, ADA, email="zoe@acme.example", first_name="Zoé", last_name="Zimmermann"
    )
    full_read(synced)
    assert people(synced) == [ADA, "bob@acme.example", "zoe@acme.example"]
    unchanged = world.record("Lead", Email=ADA)
    assert [unchanged[name] for name in ("FirstName", "LastName")] == [lead[name] for name in ("FirstName", "LastName")]
    assert world.record("Lead", Email="zoe@acme.example")["LastName"] == "Zimmermann"
    full_read(synced)
    assert len(people(synced)) == 3, "the new record is the one of the registration now"


@pytest.mark.parametrize("names", [{"last_name": "Lovelace"}, {"first_name": "ADA", "last_name": "Byron"}])
def test_a_corrected_registration_with_a_changed_name_finds_the_record(synced: Webinar, names: dict[str, str]) -> None:
    """A marriage, or a corrected name: one of the two names is the same."""
    synced.world.livestorm.edit_registration(synced.session, ADA, email="ada.l@acme.example", **names)
    full_read(synced)
    assert len(people(synced)) == 2


def test_a_merged_record_is_followed(synced: Webinar) -> None:
    world = synced.world
    loser = world.record("Lead", Email=ADA)["Id"]
    middle, master = world.org.insert(
        "Lead", [{"LastName": "L", "Company": "A", "Email": f"{name}@other.example"} for name in ("middle", "master")]
    )
    world.org.merge(middle, loser)
    world.org.merge(master, middle)
    full_read(synced)
    assert people(synced) == ["bob@acme.example", "master@other.example"]
    assert [row["LeadId"] for row in world.org.rows("CampaignMember")].count(master) == 1


PLUS = {"object": "Lead", "field": "Email", "pattern": r"\+[^@]*", "replace": ""}
CONVERTS = {"object": "Lead", "when": "after", "on": "create", "convert": True}


@pytest.mark.parametrize(
    "automation",
    [
        {"flows": [PLUS, CONVERTS]},
        {"flows": [PLUS], "frozen_members": [{"field": "IsActive", "value": True}]},
    ],
    ids=["converted at once", "members refused"],
)
def test_a_record_with_a_changed_address_is_known_although_its_member_was_not_written(
    webinar: Webinar, automation: dict[str, Any]
) -> None:
    """Two automations at once: each run would create the person again, because its address leads nowhere."""
    world = webinar.world
    world.org.automation.configure(automation)
    webinar.register("ada+webinar")
    for _ in range(4):
        world.run({"full_read": True}, manual=True)
        world.sandbox.clock.advance(days=2)
    leads = [row for row in world.org.rows("Lead") if row["Email"] == ADA]
    assert len(leads) == 1 and len(world.org.rows("Contact")) <= 1
    assert codes(webinar)["ADDRESS_DIFFERS"] == 1


def test_rows_whose_record_was_converted_between_plan_and_load_are_reported(webinar: Webinar) -> None:
    world = webinar.world
    world.org.automation.configure({"flows": [CONVERTS]})
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    assert codes(webinar) == {"RECORD_MISSING": 1}
    world.run({"full_read": True}, manual=True)
    assert len(world.org.rows("CampaignMember")) == 1


def test_a_run_that_does_not_finish_leaves_the_records_of_its_people(webinar: Webinar) -> None:
    """The load of members fails in every run, and the org has changed the address."""
    world = webinar.world
    world.org.automation.configure({"flows": [PLUS]})
    webinar.register("ada+webinar")

    def fail(task: str) -> None:
        if task.startswith("load_members"):
            raise TransientError("Salesforce is down.")

    world.before = fail
    for _ in range(3):
        assert world.run({"full_read": True}, manual=True)["verdict"] == "failed"
        world.sandbox.clock.advance(hours=2)
    assert people(webinar) == [ADA]
    world.before = lambda task: None
    world.run({"full_read": True}, manual=True)
    assert people(webinar) == [ADA] and len(world.org.rows("CampaignMember")) == 1


def test_a_record_that_a_user_deleted_is_not_created_again_and_reported(synced: Webinar) -> None:
    world = synced.world
    world.org.delete(world.record("Lead", Email=ADA)["Id"])
    for _ in range(2):
        world.sandbox.clock.advance(days=7)
        full_read(synced)
        assert people(synced) == ["bob@acme.example"]
        assert codes(synced)["RECORD_DELETED"] == 1
        assert world.last["buckets"]["skipped"] >= 1


def test_a_deleted_record_is_created_again_where_the_mapping_says_so(
    synced: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = synced.world
    world.org.delete(world.record("Lead", Email=ADA)["Id"])
    (tmp_path / "mapping.yaml").write_text(RECREATE)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    full_read(synced)
    assert people(synced) == [ADA, "bob@acme.example"]
    assert "RECORD_DELETED" not in codes(synced)


def test_following_costs_no_call_in_runs_without_lost_people(synced: Webinar) -> None:
    world = synced.world
    synced.register("cyd")
    world.sandbox.clock.advance(hours=1)
    world.sandbox.calls.reset()
    assert world.run()["verdict"] == "ok"
    assert not world.sandbox.calls.count(service="salesforce", call_type="queryAll")
