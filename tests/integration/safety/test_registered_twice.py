"""One person under two registrations, of which a run reads only the newer: what the first one did is not taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar
from tests.harness.world import World

MAPPING = "version: 1\ncampaign_member: {Minutes__c: attendance_minutes}\n"


@pytest.fixture
def minutes(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webinar:
    """Ada attended for an hour; it is the day after, and that is in Salesforce."""
    webinar.world.org.add_field("CampaignMember", "Minutes__c", type="double", precision=6, scale=0)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    webinar.register("ada")
    webinar.world.run()
    webinar.world.livestorm.attend(webinar.session, "ada@acme.example", rate=100)
    webinar.world.sandbox.clock.advance(hours=25, minutes=30)
    webinar.world.run()
    assert held(webinar.world) == [60.0]
    return webinar


def held(world: World) -> list[float | None]:
    return [row["Minutes__c"] for row in world.org.rows("CampaignMember")]


def register(webinar: Webinar, address: str) -> None:
    webinar.world.livestorm.register(webinar.session, address, "Ada", "Adason", fields={"company": "Acme"})
    webinar.world.sandbox.clock.advance(hours=1)


def test_an_address_that_registers_again_keeps_its_minutes(minutes: Webinar) -> None:
    register(minutes, "Ada@Acme.example")
    result = minutes.world.run()
    assert result["registrants"] == 1
    assert held(minutes.world) == [60.0]
    result = minutes.world.run({"full_read": True}, manual=True)
    assert (result["registrants"], sum(result["buckets"].values())) == (2, 2), result["buckets"]
    assert minutes.world.audit(result["run_id"]).empty
    assert held(minutes.world) == [60.0]


def test_so_does_a_contact_who_registers_under_another_address(minutes: Webinar) -> None:
    """That of a Lead which was converted into the same Contact."""
    world = minutes.world
    contact = world.org.convert_lead(world.record("Lead")["Id"])
    [other] = world.org.insert("Lead", [{"LastName": "Adason", "Company": "Acme", "Email": "ada@home.example"}])
    world.org.convert_lead(other, contact)
    register(minutes, "ada@home.example")
    assert world.run()["verdict"] == "ok"
    assert held(world) == [60.0]
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert held(world) == [60.0]


def test_what_livestorm_corrects_downwards_arrives_when_everybody_is_compared(minutes: Webinar) -> None:
    world = minutes.world
    world.livestorm.attend(minutes.session, "ada@acme.example", rate=50)
    world.run({"full_read": True}, manual=True)
    assert held(world) == [30.0]
