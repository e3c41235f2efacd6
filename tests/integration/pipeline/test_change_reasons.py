"""The audit log states why each value was written: attendance, replay, answers, a changed mapping, or an edit."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import audit_log
from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form
from tests.harness.staged_run import StagedRun

BEFORE = "campaign_member: {Rate__c: attendance_rate, Title__c: job_title}"
AFTER = "campaign_member: {Rate__c: attendance_rate, Title__c: job_title, City__c: city}"


@pytest.fixture
def mapping(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    sandbox.org.add_field("CampaignMember", "Rate__c", type="double", precision=18, scale=2)
    for name in ("Title__c", "City__c"):
        sandbox.org.add_field("CampaignMember", name, length=80)
    return tmp_path / "mapping.yaml"


def written(run_id: str) -> dict[str, str]:
    """Reason of each updated field of a member."""
    rows = audit_log.read(AppContext.from_environment().state, run_id)
    updates = rows[(rows["action"] == "update") & (rows["object"] == "CampaignMember")]
    return dict(zip(updates["field"], updates["reason"], strict=True))


def test_each_written_value_has_its_exact_reason(sandbox: Sandbox, pipeline: StagedRun, mapping: Path) -> None:
    mapping.write_text(BEFORE, "utf-8")
    fields = form("email", "first_name", "last_name", "job_title", "city")
    event = sandbox.livestorm.add_event("Tour", estimated_duration=60, fields=fields)
    session = sandbox.livestorm.add_session(event, sandbox.clock.now() + timedelta(hours=1))
    answers = {"job_title": "Engineer", "city": "Paris"}
    sandbox.livestorm.register(session, "ada@acme.example", "Ada", "Lovelace", fields=answers)
    assert written(pipeline.run()["run_id"]) == {}

    mapping.write_text(AFTER, "utf-8")
    assert written(pipeline.run(full_read=True)["run_id"]) == {"City__c": "the mapping was changed"}

    (member,) = sandbox.org.rows("CampaignMember")
    sandbox.org.edit(member["Id"], City__c="Nice")
    edited = written(pipeline.run(full_read=True)["run_id"])
    assert edited == {"City__c": "Salesforce no longer has the value that was loaded"}

    sandbox.livestorm.attend(session, "ada@acme.example", rate=80)
    sandbox.livestorm.edit_registration(session, "ada@acme.example", job_title="CEO")
    sandbox.clock.advance(hours=5)
    assert written(pipeline.run(full_read=True)["run_id"]) == {
        "Status": "attendance in Livestorm",
        "Rate__c": "attendance in Livestorm",
        "Title__c": "answers in Livestorm",
        "Livestorm_Replay_Status__c": "replay view in Livestorm",
    }
