"""Undo restores values that are unchanged since the run, and deletes records on request only."""

from __future__ import annotations

import pytest

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import undo
from tests.harness.webinar import Webinar, run_undo
from tests.harness.world import World


@pytest.fixture
def enriched(webinar: Webinar) -> Webinar:
    """One run with an existing Lead of another title and a new person."""
    webinar.world.org.insert(
        "Lead",
        [{"FirstName": "Ada", "LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme", "Title": "Intern"}],
    )
    webinar.register("ada")
    webinar.register("bob")
    webinar.world.run()
    return webinar


def title(world: World, name: str = "ada") -> str | None:
    return world.record("Lead", Email=f"{name}@acme.example")["Title"]


def test_every_write_is_in_the_audit(enriched: Webinar) -> None:
    rows = enriched.world.audit("run-1")
    wrote = rows.groupby(["action", "object"])["record_id"].nunique().to_dict()
    assert wrote[("create", "Campaign")] == 1
    assert wrote[("create", "CampaignMember")] == 2
    assert wrote[("create", "Lead")] == 1
    assert wrote[("update", "Lead")] == 1
    assert sum(count for (_, sobject), count in wrote.items() if sobject == "CampaignMemberStatus") >= 3
    (change,) = rows[(rows["object"] == "Lead") & (rows["field"] == "Title") & (rows["action"] == "update")].to_dict(
        "records"
    )
    assert (change["before"], change["after"], change["how"]) == ("Intern", "Analyst", "response")
    assert set(rows["record_id"]) <= {
        row["Id"]
        for name in ("Campaign", "CampaignMemberStatus", "CampaignMember", "Lead")
        for row in enriched.world.org.rows(name)
    }


def test_a_preview_writes_nothing(enriched: Webinar) -> None:
    before = enriched.world.org.snapshot()
    report = run_undo(enriched.world, apply=False)
    assert report["counts"]["put back Lead"] == 1
    assert enriched.world.org.snapshot() == before


def test_a_value_is_restored(enriched: Webinar) -> None:
    report = run_undo(enriched.world)
    assert report["done"] == {"done": 1}
    assert title(enriched.world) == "Intern"
    rows = enriched.world.audit()
    (row,) = rows[rows["action"] == "undo"].to_dict("records")
    assert (row["before"], row["after"], row["reason"]) == ("Analyst", "Intern", "undo of run-1")


def test_a_value_that_was_empty_is_cleared(webinar: Webinar) -> None:
    world = webinar.world
    world.org.insert("Lead", [{"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme"}])
    webinar.register("ada")
    world.run()
    assert title(world) == "Analyst"
    run_undo(world)
    assert title(world) is None


def test_a_value_changed_since_stays_and_is_listed(enriched: Webinar) -> None:
    world = enriched.world
    world.org.edit(world.record("Lead", Email="ada@acme.example")["Id"], Title="Director")
    report = run_undo(world)
    assert title(world) == "Director"
    assert report["left"]["changed since by another user"] == 1
    assert "done" not in report or report["done"] == {}


def test_a_value_changed_between_preview_and_undo_stays(enriched: Webinar) -> None:
    world = enriched.world
    asked = {"run_id": "run-1", "mode": "apply"}
    undo.plan_undo(world.task("u", "plan_undo", asked))
    world.org.edit(world.record("Lead", Email="ada@acme.example")["Id"], Title="Director")
    undo.undo(world.task("u", "undo", asked))
    assert title(world) == "Director"


def test_a_value_that_a_later_run_wrote_stays(enriched: Webinar) -> None:
    """The field holds the value of the run, but a later run wrote it again."""
    world = enriched.world
    for job in ("Chief", "Analyst"):
        world.livestorm.edit_registration(enriched.session, "ada@acme.example", job_title=job)
        world.run({"full_read": True}, manual=True)
    report = run_undo(world)
    assert report["left"]["written since by another run"] == 1
    assert title(world) == "Analyst"


def test_created_records_are_listed_and_stay(enriched: Webinar) -> None:
    report = run_undo(enriched.world)
    assert report["left"]["created by the run; deleted only with delete_created"] == 3
    assert len(enriched.world.org.rows("Lead")) == 2
    assert len(enriched.world.org.rows("CampaignMember")) == 2


def test_delete_created_deletes_untouched_records_and_no_campaign(enriched: Webinar) -> None:
    world = enriched.world
    report = run_undo(world, delete_created=True)
    assert [row["Email"] for row in world.org.rows("Lead")] == ["ada@acme.example"]
    assert world.org.rows("CampaignMember") == []
    assert len(world.org.rows("Campaign")) == 1
    assert report["left"]["created by the run; Campaigns and statuses are never deleted"] >= 4


def test_people_changed_by_others_are_not_deleted(enriched: Webinar) -> None:
    world = enriched.world
    world.sandbox.clock.advance(hours=1)
    bob = world.record("Lead", Email="bob@acme.example")
    world.org.edit(bob["Id"], Phone="123")
    run_undo(world, delete_created=True)
    assert world.record("Lead", Email="bob@acme.example")["Phone"] == "123"


def test_people_with_a_logged_activity_are_not_deleted(enriched: Webinar) -> None:
    """A logged call or meeting does not change LastModifiedDate."""
    world = enriched.world
    bob = world.record("Lead", Email="bob@acme.example")
    world.org.store.update(world.org.schema["Lead"], bob["Id"], {"LastActivityDate": "2026-11-23"})
    assert world.record("Lead", Id=bob["Id"])["LastModifiedDate"] == bob["LastModifiedDate"]
    report = run_undo(world, delete_created=True)
    assert world.record("Lead", Email="bob@acme.example")["LastActivityDate"] == "2026-11-23"
    assert report["left"]["created by the run, and an activity was logged since: never deleted"] == 1


def test_people_with_other_members_are_not_deleted(enriched: Webinar) -> None:
    world = enriched.world
    bob = world.record("Lead", Email="bob@acme.example")
    (campaign,) = world.org.insert("Campaign", [{"Name": "Fair"}])
    world.org.insert("CampaignMember", [{"CampaignId": campaign, "LeadId": bob["Id"], "Status": "Sent"}])
    run_undo(world, delete_created=True)
    assert len(world.org.rows("Lead")) == 2
    assert [row["CampaignId"] for row in world.org.rows("CampaignMember")] == [campaign]


def test_a_converted_lead_is_not_deleted(enriched: Webinar) -> None:
    world = enriched.world
    world.org.convert_lead(world.record("Lead", Email="bob@acme.example")["Id"])
    run_undo(world, delete_created=True)
    assert len(world.org.rows("Lead")) == 2


def test_a_second_undo_changes_nothing(enriched: Webinar) -> None:
    run_undo(enriched.world)
    before = enriched.world.org.snapshot()
    report = run_undo(enriched.world)
    assert enriched.world.org.snapshot() == before
    assert report["left"]["already holds its old value"] == 1


def test_an_unknown_run_is_an_error_with_its_remedy(enriched: Webinar) -> None:
    with pytest.raises(ConfigError, match=r"no write of run 'run-99'.*Remedy: give the run id"):
        run_undo(enriched.world, "run-99")


def test_an_undo_may_have_the_id_of_the_reverted_run(webinar: Webinar) -> None:
    """Run ids are unique per DAG only."""
    one, other = (
        webinar.world.task("monday", "task"),
        TaskRun(webinar.world.app(), "monday", "task", dag_id="livestorm_salesforce_undo"),
    )
    assert str(one.folder) != str(other.folder)
    assert one.app.state.pair_id == other.app.state.pair_id
