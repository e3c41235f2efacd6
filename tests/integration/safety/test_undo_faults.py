"""An undo without responses: every restored value and deleted record is in the audit log and in the report."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce import batching
from livestorm_salesforce.clock import SystemClock
from livestorm_salesforce.errors import OutcomeUnknown, PartialLoad, TransientError
from livestorm_salesforce.state import write_intents
from livestorm_salesforce.tasks import undo
from tests.harness.webinar import Webinar
from tests.harness.world import World

KNOWN, NEW = ("ada", "ann", "art"), ("bea", "bob", "ben")
PARAMS = {"run_id": "run-1", "mode": "apply", "delete_created": True}
KINDS = {"undo": "collections.update", "undo delete": "collections.delete"}
#: What an undo of `written` does: titles of Leads, then members and Leads that are gone.
DONE = {("undo", "Lead"): 3, ("undo delete", "CampaignMember"): 6, ("undo delete", "Lead"): 3}


class WorkerKilled(BaseException):
    """The worker was killed."""


@pytest.fixture
def written(webinar: Webinar) -> World:
    """One run with three existing Leads of another title and three new people; its undo was previewed."""
    world = webinar.world
    leads = [
        {"FirstName": name.capitalize(), "LastName": f"{name.capitalize()}son", "Email": f"{name}@acme.example",
         "Company": "Acme", "Title": "Intern"}
        for name in KNOWN
    ]  # fmt: skip
    world.org.insert("Lead", leads)
    for name in (*KNOWN, *NEW):
        webinar.register(name)
    world.run()
    undo.plan_undo(world.task("undo", "plan_undo", PARAMS))
    return world


@pytest.fixture
def small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows per call instead of hundreds."""
    for name, size in (("COLLECTION_ROWS", 2), ("DELETED_ROWS", 2), ("COMPOSITE_SUBREQUESTS", 1)):
        monkeypatch.setattr(batching, name, size)


def attempt(world: World, number: int, name: str = "undo") -> None:
    undo.undo(world.task(name, "undo", PARAMS, number=number))


def audited(world: World, name: str = "undo") -> dict[tuple[str, str], int]:
    """Number of audit entries of this undo by action and object; each record and field has one."""
    rows = world.audit(name)
    assert not rows.duplicated(["object", "record_id", "field"]).any()
    return rows.groupby(["action", "object"]).size().to_dict()


def detections(world: World, action: str) -> set[str]:
    rows = world.audit("undo")
    return set(rows.loc[rows["action"] == action, "how"])


def assert_complete(world: World) -> None:
    assert {row["Title"] for row in world.org.rows("Lead")} == {"Intern"}
    assert (len(world.org.rows("Lead")), world.org.rows("CampaignMember")) == (3, [])
    assert audited(world) == DONE
    assert undo.report(world.task("undo", "report", PARAMS))["done"] == {"done": sum(DONE.values())}
    assert write_intents.load(world.state) == []


@pytest.mark.parametrize("action", KINDS)
def test_a_retry_detects_what_was_applied_without_response(written: World, action: str) -> None:
    written.sandbox.faults.add("cut_after", service="salesforce", call_type=KINDS[action], times=1)
    with pytest.raises(OutcomeUnknown):
        attempt(written, 1)
    attempt(written, 2)
    assert_complete(written)
    assert "detected" in detections(written, action)
    (other,) = KINDS.keys() - {action}
    assert detections(written, other) == {"response"}


@pytest.mark.parametrize("fault", ["error", "cut_before"])
@pytest.mark.parametrize("action", KINDS)
@pytest.mark.usefixtures("small_calls")
def test_responses_before_a_failed_call_are_audited(written: World, action: str, fault: str) -> None:
    broken = written.sandbox.faults.add(fault, service="salesforce", call_type=KINDS[action], nth=tuple(range(2, 20)))
    with pytest.raises(TransientError):
        attempt(written, 1)
    assert sum(count for (did, _), count in audited(written).items() if did == action) == 2
    written.sandbox.faults.remove(broken)
    attempt(written, 2)
    assert_complete(written)
    assert detections(written, action) == {"response"}


def kill_at_the_first_write(world: World) -> None:
    plain = GuardedSession.request
    before = world.org.writes.count()

    def request(session: GuardedSession, *args, **options):
        answer = plain(session, *args, **options)
        if world.org.writes.count() > before:
            raise WorkerKilled
        return answer

    with patch.object(GuardedSession, "request", request), pytest.raises(WorkerKilled):
        attempt(world, 1)


def another_undo(world: World) -> None:
    undo.plan_undo(world.task("again", "plan_undo", PARAMS))
    attempt(world, 1, "again")


def the_next_run(world: World) -> None:
    assert world.run()["verdict"] == "ok"


@pytest.mark.parametrize("later", [another_undo, the_next_run])
def test_the_next_task_audits_what_a_killed_undo_did(written: World, later) -> None:
    kill_at_the_first_write(written)
    gone = 6 - len(written.org.rows("CampaignMember"))
    assert gone and audited(written) == {}
    later(written)
    rows = written.audit("undo")
    assert audited(written) == {("undo delete", "CampaignMember"): gone}
    assert (set(rows["how"]), set(rows["reason"])) == ({"detected"}, {"undo of run-1"})
    assert write_intents.load(written.state) == []


def test_a_retry_of_a_killed_undo_continues(written: World) -> None:
    kill_at_the_first_write(written)
    attempt(written, 2)
    assert_complete(written)


def test_a_request_without_response_may_be_executed_while_the_retry_waits(
    written: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "15")
    lead = written.record("Lead", Email="ada@acme.example")["Id"]
    written.sandbox.faults.add("cut_before", service="salesforce", call_type="collections.update", times=1)
    with pytest.raises(OutcomeUnknown):
        attempt(written, 1)
    assert ("undo", "Lead") not in audited(written)
    slept: list[float] = []

    class EditingClock(SystemClock):
        def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            written.org.edit(lead, Title="Intern")

    written.clock = EditingClock()
    attempt(written, 2)
    monkeypatch.undo()
    assert_complete(written)
    assert slept == [pytest.approx(15, abs=5)]
    rows = written.audit("undo")
    assert rows.loc[rows["how"] == "detected", "record_id"].tolist() == [lead]


def test_refused_rows_are_reported_and_not_audited(written: World) -> None:
    written.refuse("Lead", "Title", "Intern")
    attempt(written, 1)
    assert audited(written) == {place: count for place, count in DONE.items() if place != ("undo", "Lead")}
    with pytest.raises(PartialLoad, match=r"3 value\(s\) could not be put back \(FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        undo.report(written.task("undo", "report", PARAMS))
    assert write_intents.load(written.state) == []


def test_a_repeated_undo_reports_what_the_first_attempt_did(written: World) -> None:
    attempt(written, 1)
    attempt(written, 2)
    assert_complete(written)
