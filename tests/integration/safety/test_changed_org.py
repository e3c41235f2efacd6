"""The org changes between the plan and the loads: every registrant is accounted for, and the next run describes the
org again (field C8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.webinar import Webinar
from tests.harness.world import World

MAPPING = "version: 1\nlead: {Email: email, LastName: last_name, Company: company, Region__c: job_title}\n"


def becomes_number(world: World) -> None:
    field = world.org.schema.get("Lead").get("Region__c")
    field.type, field.precision, field.length = "double", 5, 0


def loses_marketing_user(world: World) -> None:
    world.org.users.run_as.rights.marketing_user = False


def loses_session_field(world: World) -> None:
    world.org.remove_field("Campaign", "Livestorm_Session_Id__c")


@pytest.fixture
def region(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webinar:
    webinar.world.org.add_field("Lead", "Region__c")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    webinar.register("ada")
    return webinar


def run_with_change(world: World, task: str, change: Callable[[World], None]) -> dict:
    changed: list[str] = []

    def before(name: str) -> None:
        if name == task and not changed:
            changed.append(name)
            change(world)

    world.before = before
    return world.run()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (loses_marketing_user, "Marketing User"),
        (loses_session_field, "Campaign.Livestorm_Session_Id__c does not exist"),
    ],
)
def test_a_lost_permission_is_named_by_the_next_run(
    webinar: Webinar, change: Callable[[World], None], named: str
) -> None:
    webinar.register("ada")
    report = run_with_change(webinar.world, "load_campaigns", change)
    assert report["registrants"] == sum(report["buckets"].values()) == 1
    assert report["problems"]
    assert named in str(webinar.world.run()["error"])


def test_a_campaign_is_not_sent_without_the_key_that_the_org_rejects(webinar: Webinar) -> None:
    def shorten(world: World) -> None:
        world.org.schema.get("Campaign").get("Livestorm_Session_Id__c").length = 20

    webinar.register("ada")
    report = run_with_change(webinar.world, "load_campaigns", shorten)
    assert {one["code"] for one in report["problems"]} >= {"CAMPAIGN_STRING_TOO_LONG", "STRING_TOO_LONG"}
    assert report["buckets"]["refused"] == 1
    assert webinar.world.org.rows("Campaign") == []
    assert "cannot hold a session's id" in str(webinar.world.run()["error"])


EVERY_OBJECT = ("Lead", "CampaignMember", "Campaign")
LONG = "Many words "


def map_region(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for sobject in EVERY_OBJECT:
        webinar.world.org.add_field(sobject, "Region__c")
    (tmp_path / "mapping.yaml").write_text(
        "version: 1\n"
        "lead: {Email: email, FirstName: first_name, LastName: last_name, Company: company, Title: job_title, "
        "Region__c: job_title}\n"
        "campaign_member: {Region__c: job_title}\n"
        "campaign: {fields: {Region__c: event_title}}\n"
    )
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))


@pytest.mark.parametrize("bulk", [False, True])
def test_any_number_of_values_may_be_too_long(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, bulk: bool
) -> None:
    """Salesforce names one value of a row at a time (field A10)."""
    map_region(webinar, tmp_path, monkeypatch)
    if bulk:
        monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", "0")

    def shorten(world: World) -> None:
        for sobject in EVERY_OBJECT:
            for name in ("FirstName", "LastName", "Company", "Title", "Region__c"):
                if field := world.org.schema.get(sobject).get(name):
                    field.length = 12

    for name in ("ada", "bob"):
        webinar.register(name, first_name=LONG * 3, last_name=LONG * 6, company=LONG * 9, job_title=LONG * 5)
    report = run_with_change(webinar.world, "load_campaigns", shorten)
    assert (report["verdict"], report["buckets"]["created"]) == ("ok", 2)
    assert sum(one["count"] for one in report["problems"] if one["code"] == "VALUE_CUT") == 2 * 6
    lead = webinar.world.record("Lead", Email="ada@acme.example")
    assert {lead[name] for name in ("FirstName", "LastName", "Company", "Title", "Region__c")} == {"Many words M"}


@pytest.mark.parametrize("bulk_above", ["0", "2000"], ids=["bulk job", "collections"])
def test_a_value_that_is_rejected_for_its_type_is_left_out_and_the_org_described_again(
    region: Webinar, monkeypatch: pytest.MonkeyPatch, bulk_above: str
) -> None:
    """A bulk job rejects the row, collections the call; the person is created, and the next run knows the type."""
    monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", bulk_above)
    report = run_with_change(region.world, "load_people", becomes_number)
    assert report["buckets"]["created"] == 1
    assert [(one["code"], one["count"]) for one in report["problems"]] == [("VALUE_LEFT_OUT", 1)]
    assert region.world.app().schemas["Lead"].fields["Region__c"].type == "double"


def test_the_type_of_fields_of_all_objects_is_changed(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Campaigns are loaded first, and the org is described again before the people of the same plan are written."""

    def change(world: World) -> None:
        for sobject in EVERY_OBJECT:
            field = world.org.schema.get(sobject).get("Region__c")
            field.type, field.length = "boolean", 0

    map_region(webinar, tmp_path, monkeypatch)
    webinar.register("ada")
    report = run_with_change(webinar.world, "load_campaigns", change)
    assert report["registrants"] == sum(report["buckets"].values()) == report["buckets"]["refused"] == 1
    webinar.world.sandbox.clock.advance(hours=25)
    report = webinar.world.run({"full_read": True}, manual=True)
    assert report["buckets"]["created"] == 1
    assert {one["code"] for one in report["problems"]} == {"VALUE_LEFT_OUT"}
