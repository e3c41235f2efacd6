"""A flow adds each new person to the newest Campaign, so its member exists before this project creates it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar
from tests.integration.safety import situations

ADDS = {"when": "after", "on": "create", "add_to_campaign": "newest"}
CONTACTS = "people: {create: contact}\n"


@pytest.mark.parametrize("mapping", ["version: 1\n", CONTACTS], ids=["Lead", "Contact"])
def test_a_member_that_a_flow_created_is_no_refused_row(webinar: Webinar, tmp_path: Path, mapping: str) -> None:
    world = webinar.world
    situations.mapping(tmp_path, mapping)
    world.org.automation.configure({"flows": [{"object": name, **ADDS} for name in ("Lead", "Contact")]})
    for name in ("ada", "bob"):
        webinar.register(name)
    report = world.run()
    assert report["verdict"] == "ok"
    assert {problem["code"]: problem["count"] for problem in report["problems"]} == {"PLAN_SUPERSEDED": 2}
    assert world.quarantine.empty
    report = world.run()
    assert report["problems"] == [] and report["buckets"]["skipped"] == 0
    assert {row["Status"] for row in world.org.rows("CampaignMember")} == {"Registered"}
    assert len(world.org.rows("CampaignMember")) == 2


def test_a_value_of_a_unique_field_that_another_member_has_stays_refused(webinar: Webinar, tmp_path: Path) -> None:
    world = webinar.world
    world.org.add_field("CampaignMember", "Seat__c", length=40, unique=True)
    situations.mapping(tmp_path, "campaign_member: {Seat__c: company}\n")
    for name in ("ada", "bob"):
        webinar.register(name, company="Acme")
    report = world.run()
    assert {problem["code"]: problem["count"] for problem in report["problems"]} == {"DUPLICATE_VALUE": 1}
    assert len(world.quarantine) == 1 and len(world.org.rows("CampaignMember")) == 1
