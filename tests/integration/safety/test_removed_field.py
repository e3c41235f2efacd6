"""A field is removed between the plan and the loads (field C8): the report is written and accounts for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar, members

PLACES = [("Lead", "load_people"), ("CampaignMember", "load_members-0"), ("Campaign", "load_campaigns")]
MAPPING = """version: 1
lead: {Email: email, LastName: last_name, Company: company, Region__c: job_title}
campaign_member: {Region__c: {value: EMEA}}
campaign: {fields: {Region__c: {value: EMEA}}}
"""


@pytest.mark.parametrize(("sobject", "task"), PLACES)
def test_a_field_is_removed_between_plan_and_load(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sobject: str, task: str
) -> None:
    world = webinar.world
    for name, _ in PLACES:
        world.org.add_field(name, "Region__c")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    for name in ("ada", "bob"):
        webinar.register(name)

    def remove(current: str) -> None:
        if current == task and "Region__c" in world.org.schema[sobject].fields:
            world.org.remove_field(sobject, "Region__c")

    world.before = remove
    report = world.run()
    assert (report["registrants"], sum(report["buckets"].values())) == (2, 2)
    assert report["verdict"] != "ok" and report["problems"]
    assert all(problem["remedy"] for problem in report["problems"])
    world.before = lambda task: None
    world.org.add_field(sobject, "Region__c")
    world.sandbox.clock.advance(hours=25)
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert set(members(world)) == {"ada", "bob"}
