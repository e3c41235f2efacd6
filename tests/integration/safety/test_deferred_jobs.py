"""A bulk job that takes longer than a task may wait: the task ends, and goes on when the job has ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select

from livestorm_salesforce.errors import BulkJobRunning
from livestorm_salesforce.runs.options import Limits
from livestorm_salesforce.state import audit_log, write_intents
from livestorm_salesforce.state.frames import select_rows
from livestorm_salesforce.state.tables import Pair
from livestorm_salesforce.tasks.load_campaigns import load_campaigns
from livestorm_salesforce.tasks.load_people import load_people
from service_sandbox.salesforce.org.policies import ValidationRule
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import Webinar
from tests.harness.world import Unlimited, World

NAMES = ("ada", "bob", "cleo", "dora")
#: No bulk job ends at once, so every one is waited for without a worker.
IMPATIENT = Limits(attempts=2, rate_limit=Unlimited(), longest_wait=0)
PAIRS: Any = Pair.__table__


@pytest.fixture
def deferring(webinar: Webinar, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", "2")
    for name in NAMES:
        webinar.register(name)
    webinar.world.limits = IMPATIENT
    return webinar.world


def test_a_run_whose_tasks_wait_without_a_worker_writes_everybody_once(deferring: World) -> None:
    report = deferring.run()
    assert report["verdict"] == "ok"
    assert {task.split("-")[0] for task in deferring.deferred} == {"load_people", "load_members"}
    assert sorted(row["Email"] for row in deferring.org.rows("Lead")) == [f"{name}@acme.example" for name in NAMES]
    assert len(deferring.org.rows("CampaignMember")) == len(NAMES)
    entries = audit_log.read(deferring.app().state, report["run_id"])
    created = Counter(entries.loc[entries["action"] == "create", ["object", "record_id"]].itertuples(index=False))
    assert {sobject for sobject, _ in created} >= {"Lead", "CampaignMember"}, "the audit log names every creation"
    assert len([one for one in created if one[0] == "Lead"]) == len(NAMES)
    assert not write_intents.load(deferring.app().state)
    deferring.sandbox.org.writes.reset()
    deferring.run(manual=True)
    assert deferring.sandbox.org.writes.count() == 0, "nothing is left to write"


def test_rows_that_the_job_refused_are_reported_with_their_reason(deferring: World) -> None:
    deferring.org.policies.validations.append(ValidationRule("Lead", "LastName", "No Bob.", pattern="Bobson"))
    report = deferring.run()
    assert "load_people" in deferring.deferred
    assert report["buckets"]["refused"] == 1
    assert len(deferring.org.rows("Lead")) == len(NAMES) - 1


def test_calls_of_all_portions_of_an_attempt_are_counted(deferring: World) -> None:
    deferring.sandbox.calls.reset()
    report = deferring.run()
    assert report["calls"]["salesforce"] == len(deferring.sandbox.calls.list(service="salesforce"))


def test_a_task_of_another_workspace_waits_for_the_job_of_a_deferred_one(deferring: World) -> None:
    """The lock of people ended with the task, so the intent stands for it."""
    run = StagedRun(deferring)
    run.start()
    run.read_and_plan()
    load_campaigns(run.task("load_campaigns"))
    with pytest.raises(BulkJobRunning):
        load_people(run.task("load_people"))
    state = deferring.app().state
    assert write_intents.objects_in_bulk(state) == {"Lead"}
    assert not write_intents.objects_in_bulk(replace(state, pair_id="another org's"))
    with state.transaction() as connection:
        own = select_rows(connection, select(PAIRS).where(PAIRS.c.pair_id == state.pair_id))[0]
        connection.execute(insert(PAIRS).values(own | {"pair_id": "another workspace's", "organization_id": "other"}))
    other = replace(state, pair_id="another workspace's")
    assert write_intents.objects_in_bulk(other) == {"Lead"}
    assert {writer.run_id for writer in write_intents.last_writes(other)} == {f"{state.pair_id} {run.run_id}"}
