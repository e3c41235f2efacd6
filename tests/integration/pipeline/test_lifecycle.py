"""A webinar from registration to replay; each run updates Salesforce."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar, member_statuses


def test_a_webinar_from_registration_to_replay(sandbox: Sandbox, pipeline: StagedRun) -> None:
    session, people = add_webinar(sandbox)
    first = pipeline.run()
    assert first["verdict"] == "ok"
    assert first["buckets"]["created"] == 5
    assert member_statuses(sandbox) == dict.fromkeys(people, "Registered")
    (campaign,) = sandbox.org.rows("Campaign")
    assert (campaign["Type"], campaign["Status"], campaign["IsActive"]) == ("Webinar", "Planned", True)

    sandbox.livestorm.attend(session, people[0], rate=80)
    sandbox.clock.advance(hours=5)
    after = pipeline.run()
    assert after["status_moves"] == {"Registered > Attended": 1, "Registered > Not Attended": 4}
    assert member_statuses(sandbox)[people[0]] == "Attended"
    (campaign,) = sandbox.org.rows("Campaign")
    assert (campaign["Status"], campaign["IsActive"]) == ("Completed", False)

    sandbox.livestorm.view_replay(session, people[3])
    sandbox.clock.advance(days=1)
    pipeline.run()
    replays = [row["Livestorm_Replay_Status__c"] for row in sandbox.org.rows("CampaignMember")]
    assert sorted(replays) == ["Not Watched"] * 4 + ["Watched"]
    assert member_statuses(sandbox)[people[3]] == "Not Attended"


def test_a_second_run_writes_nothing(sandbox: Sandbox, pipeline: StagedRun) -> None:
    add_webinar(sandbox)
    pipeline.run()
    sandbox.org.writes.reset()
    again = pipeline.run()
    whole = pipeline.run(full_read=True)
    assert sandbox.org.writes.count() == 0
    assert again["verdict"] == whole["verdict"] == "ok"
    assert whole["buckets"]["unchanged"] == 5


def test_a_preview_writes_nothing_and_reports_the_planned_changes(sandbox: Sandbox, pipeline: StagedRun) -> None:
    add_webinar(sandbox)
    result = pipeline.run(mode="preview")
    assert sandbox.org.writes.count() == 0
    assert (result["preview"], result["objects"]["Lead"]["created"], result["buckets"]["created"]) == (True, 5, 5)
    assert pipeline.run()["buckets"]["created"] == 5


def test_a_past_session_is_read_only_on_request(sandbox: Sandbox, pipeline: StagedRun) -> None:
    session, _ = add_webinar(sandbox)
    sandbox.clock.advance(days=3)
    assert pipeline.run()["sessions"]["in_scope"] == 0
    assert sandbox.calls.count(service="livestorm", call_type="sessions.people") == 0
    start = (sandbox.clock.now()).isoformat()
    assert pipeline.run(backfill_to=start)["buckets"]["created"] == 5
    assert len(sandbox.org.rows("Campaign")) == 1
    assert session


def test_a_deleted_campaign_is_recreated_with_all_members(sandbox: Sandbox, pipeline: StagedRun) -> None:
    _, people = add_webinar(sandbox)
    pipeline.run()
    sandbox.org.delete(sandbox.org.rows("Campaign")[0]["Id"])
    pipeline.run()
    pipeline.run()
    assert len(sandbox.org.rows("Campaign")) == 1
    assert member_statuses(sandbox) == dict.fromkeys(people, "Registered")
    assert len(sandbox.org.rows("Lead")) == 5


def test_a_no_show_with_a_later_session_of_the_campaign_stays_registered(
    sandbox: Sandbox, pipeline: StagedRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Q8: the sessions of an event share a linked Campaign and are read in different runs."""
    first, people = add_webinar(sandbox, 3)
    event = sandbox.livestorm.store.select("SELECT event_id FROM sessions WHERE id = :id", id=first)[0]["event_id"]
    second = sandbox.livestorm.add_session(event, sandbox.clock.now() + timedelta(days=3))
    sandbox.livestorm.register(second, people[0], "First0", "Last0", fields={"company": "Company 0"})
    (campaign,) = sandbox.org.insert("Campaign", [{"Name": "Tour"}])
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(f"version: 1\ncampaign: {{link: {{events: {{{event}: {campaign}}}}}}}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(mapping))
    pipeline.run()
    sandbox.clock.advance(hours=5)
    pipeline.run(manual=False)
    assert member_statuses(sandbox) == {people[0]: "Registered", people[1]: "Not Attended", people[2]: "Not Attended"}
    sandbox.clock.advance(days=3)
    pipeline.run(manual=False)
    assert member_statuses(sandbox) == dict.fromkeys(people, "Not Attended")
