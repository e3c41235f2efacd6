"""A bulk job that stays in Salesforce's queue longer than its timeout."""

from __future__ import annotations

import threading

import pytest

from livestorm_salesforce.clients.salesforce import bulk_jobs
from livestorm_salesforce.errors import OutcomeUnknown
from tests.harness.webinar import Webinar

NAMES = ("ada", "bob", "cleo")


@pytest.fixture
def by_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", "2")


def test_the_next_run_waits_for_the_job_and_creates_nobody_twice(
    webinar: Webinar, by_bulk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = webinar.world
    for name in NAMES:
        webinar.register(name)
    queue = world.sandbox.salesforce_api.jobs
    begin, held = queue.start, []
    monkeypatch.setattr(queue, "start", lambda *job: held.append(job))
    with monkeypatch.context() as patience:
        patience.setattr(bulk_jobs, "JOB_TIMEOUT", 0.3)
        assert isinstance(world.run()["error"], OutcomeUnknown)
    assert len(held) == 1 and not world.org.rows("Lead")

    def release_jobs(task: str) -> None:
        """The queue moves on while the next run plans."""
        if task == "plan":
            queue.start = begin
            threading.Timer(1, lambda: begin(*held.pop())).start()

    world.before = release_jobs
    assert world.run()["verdict"] == "ok"
    assert sorted(row["Email"] for row in world.org.rows("Lead")) == [f"{name}@acme.example" for name in NAMES]
    assert len(world.org.rows("CampaignMember")) == len(NAMES)


def test_a_finished_job_costs_later_runs_no_call(webinar: Webinar, by_bulk: None) -> None:
    world = webinar.world
    for name in NAMES:
        webinar.register(name)
    assert world.run()["verdict"] == "ok"
    world.sandbox.calls.reset()
    world.run()
    assert "bulk.list" not in {call.call_type for call in world.sandbox.calls.list(service="salesforce")}
