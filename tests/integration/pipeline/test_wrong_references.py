"""Ids and fields of the mapping that the org does not have are reported and not confused with deleted records."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.errors import ConfigError
from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar

KEY = "Livestorm_Session_Id__c"
NOBODY = {"parent": "701000000000003AAA", "account": "001000000000003AAA"}


@pytest.fixture
def mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def write(text: str) -> None:
        file = tmp_path / "mapping.yaml"
        file.write_text(f"version: 1\n{text}", encoding="utf-8")
        monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))

    return write


def test_a_parent_that_does_not_exist_is_a_problem_of_every_run(sandbox: Sandbox, pipeline: StagedRun, mapped) -> None:
    add_webinar(sandbox, people=2)
    (event,) = {session["event_id"] for session in sandbox.livestorm.sessions()}
    mapped(f"campaign:\n  parents: {{{event}: {NOBODY['parent']}}}\n")
    for _ in range(2):
        result = pipeline.run()
        assert result["verdict"] == "problems" and result["buckets"]["refused"] == 2
        codes = [problem["code"] for problem in result["problems"]]
        assert codes == ["CAMPAIGN_INVALID_CROSS_REFERENCE_KEY", "INVALID_CROSS_REFERENCE_KEY"]
        assert all("record ids in the mapping" in problem["remedy"] for problem in result["problems"])


def test_an_account_that_does_not_exist_is_a_problem(sandbox: Sandbox, pipeline: StagedRun, mapped) -> None:
    add_webinar(sandbox, people=2)
    mapped(f"people: {{create: contact, account: {NOBODY['account']}}}\n")
    result = pipeline.run()
    assert result["verdict"] == "problems" and result["buckets"]["refused"] == 2
    assert sandbox.org.rows("Contact") == []


@pytest.mark.parametrize(
    ("kind", "result"),
    [({"length": 50}, "External ID: no"), ({"length": 18, "external_id": True, "unique": True}, "length 18")],
    ids=["no external id", "too short"],
)
def test_a_session_field_that_cannot_store_an_id_stops_the_run(
    sandbox: Sandbox, pipeline: StagedRun, kind: dict, result: str
) -> None:
    add_webinar(sandbox)
    sandbox.org.remove_field("Campaign", KEY)
    sandbox.org.add_field("Campaign", KEY, type="string", **kind)
    with pytest.raises(ConfigError, match=result):
        pipeline.run()


def test_a_session_field_that_is_not_unique_is_reported(sandbox: Sandbox, pipeline: StagedRun) -> None:
    add_webinar(sandbox)
    sandbox.org.remove_field("Campaign", KEY)
    sandbox.org.add_field("Campaign", KEY, type="string", length=50, external_id=True)
    result = pipeline.run()
    assert [problem["code"] for problem in result["problems"]] == ["SESSION_FIELD_NOT_UNIQUE"]
    assert result["buckets"]["created"] == 5


@pytest.mark.parametrize("why", ["required field", "no such link"])
def test_a_campaign_that_cannot_be_created_or_found_is_a_problem_without_registrants(
    sandbox: Sandbox, pipeline: StagedRun, mapped, why: str
) -> None:
    session, _ = add_webinar(sandbox, people=0)
    if why == "required field":
        sandbox.org.add_field("Campaign", "Region__c", type="string", required=True)
    else:
        mapped(f"campaign: {{link: {{sessions: {{{session}: {NOBODY['parent']}}}}}}}\n")
    result = pipeline.run()
    assert result["verdict"] == "problems"
    (problem,) = [one for one in result["problems"] if one["severity"] == "refused"]
    code = "REQUIRED_FIELD_MISSING" if why == "required field" else "CAMPAIGN_DELETED"
    assert problem["code"].endswith(code) and session in problem["public"] and problem["count"] == 1
    report = Path(result["report"].removeprefix("file:")).read_text()
    assert f"Campaign refused: {code}" in next(line for line in report.splitlines() if line.startswith(f"| {session}"))
