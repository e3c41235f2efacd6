"""A backfill over several runs: within the month's pace, one plan per portion, stopped and resumed."""

from __future__ import annotations

import pytest

from livestorm_salesforce.cli import backfill
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.tasks import backfill as backfill_task
from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar

SESSIONS, PEOPLE = 3, 60  # two pages each


@pytest.fixture
def period(sandbox: Sandbox, pipeline: StagedRun) -> str:
    """Three sessions that are over when the first run activates the pair; room for one of them this month."""
    for number in range(SESSIONS):
        add_webinar(sandbox, PEOPLE, hours=2 + number, title=f"Tour {number}")
    sandbox.clock.advance(days=3)
    pipeline.run()
    sandbox.livestorm.quota.set_remaining(10_000 - 1_276)  # 1,280 calls may be used at once, and a manual run lists
    return sandbox.clock.now().isoformat()


def read_calls(sandbox: Sandbox) -> int:
    return sandbox.calls.count(service="livestorm", call_type="sessions.people")


def test_a_backfill_is_read_in_portions_within_the_pace(
    sandbox: Sandbox, pipeline: StagedRun, period: str, capsys: pytest.CaptureFixture
) -> None:
    assert backfill.main(["--to", period]) == 0
    assert "Backfill: 3 sessions with 180 registrants, 6 Livestorm calls" in capsys.readouterr().out
    assert read_calls(sandbox) == 0
    sandbox.livestorm.quota.set_remaining(10_000 - 1_276)
    first = pipeline.run(backfill_to=period)
    assert (first["buckets"]["created"], len(sandbox.org.rows("Campaign"))) == (PEOPLE, 1)
    (note,) = [one for one in first["problems"] if one["code"] == "BACKFILL_DEFERRED"]
    assert note["count"] == SESSIONS - 1
    assert "3 sessions with 180 registrants" in note["public"]

    used = read_calls(sandbox)
    pipeline.run(manual=False)
    assert read_calls(sandbox) == used
    sandbox.clock.advance(days=6)  # the pace allows as much more
    last = pipeline.run(manual=False)
    assert (last["buckets"]["created"], len(sandbox.org.rows("Campaign"))) == ((SESSIONS - 1) * PEOPLE, SESSIONS)
    assert read_calls(sandbox) == 2 * SESSIONS + 2  # the first session is refreshed as well
    assert not [one for one in last["problems"] if one["code"] == "BACKFILL_DEFERRED"]


def test_a_backfill_can_be_stopped_and_resumed(
    sandbox: Sandbox, pipeline: StagedRun, period: str, capsys: pytest.CaptureFixture
) -> None:
    pipeline.run(backfill_to=period)
    assert backfill_task.cost_left(AppContext.from_environment()).sessions == SESSIONS - 1
    assert backfill.main(["--stop"]) == 0
    assert "stopped: 2 sessions are not read" in capsys.readouterr().out
    sandbox.clock.advance(days=6)
    pipeline.run(manual=False)
    assert backfill.main([]) == 0
    assert "No session is left to read." in capsys.readouterr().out
    assert len(sandbox.org.rows("Campaign")) == 1

    resumed = pipeline.run(backfill_to=period)
    assert (resumed["buckets"]["created"], len(sandbox.org.rows("Campaign"))) == ((SESSIONS - 1) * PEOPLE, SESSIONS)
