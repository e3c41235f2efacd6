"""The org changes between runs: fields are added and removed, Campaigns are recreated."""

from __future__ import annotations

from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar, member_statuses

REPLAY = "Livestorm_Replay_Status__c"


def test_a_removed_field_is_a_warning(sandbox: Sandbox, pipeline: StagedRun) -> None:
    session, people = add_webinar(sandbox)
    pipeline.run()
    sandbox.org.remove_field("CampaignMember", REPLAY)
    sandbox.livestorm.attend(session, people[0])
    sandbox.clock.advance(hours=5)
    result = pipeline.run()
    assert result["verdict"] == "ok"
    assert [problem["code"] for problem in result["problems"]] == ["REPLAY_FIELD_MISSING"]
    assert member_statuses(sandbox)[people[0]] == "Attended"


def test_a_missing_replay_field_is_reported_with_the_nearest_name(sandbox: Sandbox, pipeline: StagedRun) -> None:
    add_webinar(sandbox)
    sandbox.org.remove_field("CampaignMember", REPLAY)
    sandbox.org.add_field("CampaignMember", "Replay_Status_Livestorm__c", type="string", length=40)
    (problem,) = pipeline.run()["problems"]
    assert "did you mean Replay_Status_Livestorm__c?" in problem["public"]
    assert "replay.field" in problem["remedy"]


def test_a_new_required_field_is_known_in_the_next_run(sandbox: Sandbox, pipeline: StagedRun) -> None:
    add_webinar(sandbox, people=2)
    pipeline.run()
    sandbox.org.add_field("Lead", "Region__c", type="string", required=True)
    add_webinar(sandbox, people=4, title="Another")
    first, second = pipeline.run(), pipeline.run()
    assert first["buckets"]["refused"] == second["buckets"]["refused"] == 2
    assert sandbox.org.writes.count("Lead", rejected=True) == 2, "the second run knows better than to send them"


def test_an_org_that_was_set_up_again_is_loaded_completely(sandbox: Sandbox, pipeline: StagedRun) -> None:
    """The new org assigns the same ids; only the CreatedDate of its Campaign differs."""
    session, people = add_webinar(sandbox)
    pipeline.run()
    pipeline.run(full_read=True)
    campaign = sandbox.org.rows("Campaign")[0]
    for name in ("CampaignMember", "Lead"):
        for row in sandbox.org.rows(name):
            sandbox.org.delete(row["Id"])
    sandbox.org.edit(campaign["Id"], CreatedDate="2031-01-01T00:00:00.000+0000")
    pipeline.run(session_ids=[session], full_read=False)
    pipeline.run()
    assert member_statuses(sandbox) == dict.fromkeys(people, "Registered")


def test_two_campaigns_of_one_session_do_not_stop_the_run(sandbox: Sandbox, pipeline: StagedRun) -> None:
    """The session field is not unique, and a user cloned the Campaign."""
    key = "Livestorm_Session_Id__c"
    sandbox.org.remove_field("Campaign", key)
    sandbox.org.add_field("Campaign", key, type="string", external_id=True)
    session, _ = add_webinar(sandbox, hours=-3)
    sandbox.clock.advance(hours=2)
    ids = sandbox.org.insert("Campaign", [{"Name": "Original", key: session}, {"Name": "Copy", key: session}])
    result = pipeline.run()
    assert result["verdict"] == "ok"
    assert {row["CampaignId"] for row in sandbox.org.rows("CampaignMember")} == {ids[0]}


def test_a_restricted_replay_field_with_one_of_two_values_stores_that_one(
    sandbox: Sandbox, pipeline: StagedRun
) -> None:
    session, people = add_webinar(sandbox)
    sandbox.org.remove_field("CampaignMember", REPLAY)
    sandbox.org.add_field("CampaignMember", REPLAY, type="picklist", restricted=True, values=["Watched"])
    pipeline.run()
    sandbox.livestorm.attend(session, people[0])
    sandbox.clock.advance(hours=5)
    sandbox.livestorm.view_replay(session, people[0])
    result = pipeline.run(manual=True)
    missing = next(problem for problem in result["problems"] if problem["code"] == "REPLAY_VALUE_MISSING")
    assert "lacks ['Not Watched']" in missing["public"]
    assert {row[REPLAY] for row in sandbox.org.rows("CampaignMember")} == {"Watched", None}
