"""The org is another one than the last run knew: fields come and go, Campaigns are made anew."""

from __future__ import annotations

from include.sandbox import Sandbox
from tests.pipeline.drive import Driver, members, webinar

REPLAY = "Livestorm_Replay_Status__c"


def test_a_field_that_was_removed_since_costs_a_warning_not_the_run(sandbox: Sandbox, driver: Driver) -> None:
    session, people = webinar(sandbox)
    driver.run()
    sandbox.org.remove_field("CampaignMember", REPLAY)
    sandbox.livestorm.attend(session, people[0])
    sandbox.clock.advance(hours=5)
    told = driver.run()
    assert told["verdict"] == "ok"
    assert [problem["code"] for problem in told["problems"]] == ["REPLAY_FIELD_MISSING"]
    assert members(sandbox)[people[0]] == "Attended"


def test_a_new_required_field_is_known_from_the_next_run_on(sandbox: Sandbox, driver: Driver) -> None:
    webinar(sandbox, people=2)
    driver.run()
    sandbox.org.add_field("Lead", "Region__c", type="string", required=True)
    webinar(sandbox, people=4, title="Another")
    first, second = driver.run(), driver.run()
    assert first["buckets"]["refused"] == second["buckets"]["refused"] == 2
    assert sandbox.org.writes.count("Lead", refused=True) == 2, "the second run knows better than to send them"
