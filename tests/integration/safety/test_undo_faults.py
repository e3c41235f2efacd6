"""An undo whose answers are lost: every value put back and every record deleted is in the audit and in the report."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce import batching
from livestorm_salesforce.clock import SystemClock
from livestorm_salesforce.errors import OutcomeUnknown, PartialLoad, TransientError
from livestorm_salesforce.tasks import undo
from tests.harness.webinar import Webinar
from tests.harness.world import World

KNOWN, NEW = ("ada", "ann", "art"), ("bea", "bob", "ben")
ASKED = {"run_id": "run-1", "mode": "apply", "delete_created": True}
KINDS = {"undo": "collections.update", "undo delete": "collections.delete"}
#: What an undo of `written` does: titles of Leads, then members and Leads that are gone.
DONE = {("undo", "Lead"): 3, ("undo delete", "CampaignMember"): 6, ("undo delete", "Lead"): 3}


class Gone(BaseException):
    """The worker is dead."""


@pytest.fixture
def written(webinar: Webinar) -> World:
    """Three that were Leads with another title, and three new ones, after one run; an undo of it is previewed."""
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
    undo.plan_undo(world.task("undo", "plan_undo", ASKED))
    return world


@pytest.fixture
def small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with thousands of rows: two rows in a call."""
    for name, size in (("COLLECTION_ROWS", 2), ("DELETED_ROWS", 2), ("COMPOSITE_SUBREQUESTS", 1)):
        monkeypatch.setattr(batching, name, size)


def attempt(world: World, number: int, name: str = "undo") -> None:
    undo.undo(world.task(name, "undo", ASKED, number=number))


def noted(world: World, name: str = "undo") -> dict[tuple[str, str], int]:
    """Rows of this undo in the audit, by action and object; each record and field once."""
    rows = world.audit(name)
    assert not rows.duplicated(["object", "record_id", "field"]).any()
    return rows.groupby(["action", "object"]).size().to_dict()


def hows(world: World, action: str) -> set[str]:
    rows = world.audit("undo")
    return set(rows.loc[rows["action"] == action, "how"])


def all_is_told(world: World) -> None:
    assert {row["Title"] for row in world.org.rows("Lead")} == {"Intern"}
    assert (len(world.org.rows("Lead")), world.org.rows("CampaignMember")) == (3, [])
    assert noted(world) == DONE
    assert undo.report(world.task("undo", "report", ASKED))["done"] == {"done": sum(DONE.values())}
    assert world.state.folder("write_ahead_log").names() == []


@pytest.mark.parametrize("action", KINDS)
def test_what_a_lost_answer_took_back_is_found_by_the_retry(written: World, action: str) -> None:
    written.sandbox.faults.add("cut_after", service="salesforce", call_type=KINDS[action], times=1)
    with pytest.raises(OutcomeUnknown):
        attempt(written, 1)
    attempt(written, 2)
    all_is_told(written)
    assert "detected" in hows(written, action)
    (other,) = KINDS.keys() - {action}
    assert hows(written, other) == {"response"}


@pytest.mark.parametrize("fault", ["error", "cut_before"])
@pytest.mark.parametrize("action", KINDS)
@pytest.mark.usefixtures("small_calls")
def test_what_was_answered_before_a_later_call_failed_is_kept(written: World, action: str, fault: str) -> None:
    broken = written.sandbox.faults.add(fault, service="salesforce", call_type=KINDS[action], nth=tuple(range(2, 20)))
    with pytest.raises(TransientError):
        attempt(written, 1)
    assert sum(count for (did, _), count in noted(written).items() if did == action) == 2
    written.sandbox.faults.remove(broken)
    attempt(written, 2)
    all_is_told(written)
    assert hows(written, action) == {"response"}


def dies_at_the_first_write(world: World) -> None:
    plain = GuardedSession.request
    before = world.org.writes.count()

    def request(session: GuardedSession, *words, **options):
        answer = plain(session, *words, **options)
        if world.org.writes.count() > before:
            raise Gone
        return answer

    with patch.object(GuardedSession, "request", request), pytest.raises(Gone):
        attempt(world, 1)


def another_undo(world: World) -> None:
    undo.plan_undo(world.task("again", "plan_undo", ASKED))
    attempt(world, 1, "again")


def the_next_run(world: World) -> None:
    assert world.run()["verdict"] == "ok"


@pytest.mark.parametrize("later", [another_undo, the_next_run])
def test_what_a_killed_undo_did_is_noted_under_it_by_whoever_comes_next(written: World, later) -> None:
    dies_at_the_first_write(written)
    gone = 6 - len(written.org.rows("CampaignMember"))
    assert gone and noted(written) == {}
    later(written)
    rows = written.audit("undo")
    assert noted(written) == {("undo delete", "CampaignMember"): gone}
    assert (set(rows["how"]), set(rows["reason"])) == ({"detected"}, {"undo of run-1"})
    assert written.state.folder("write_ahead_log").names() == []


def test_a_retry_of_a_killed_undo_goes_on_where_it_ended(written: World) -> None:
    dies_at_the_first_write(written)
    attempt(written, 2)
    all_is_told(written)


def test_a_request_that_was_given_up_may_be_carried_out_while_the_retry_waits(
    written: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "15")
    lead = written.record("Lead", Email="ada@acme.example")["Id"]
    written.sandbox.faults.add("cut_before", service="salesforce", call_type="collections.update", times=1)
    with pytest.raises(OutcomeUnknown):
        attempt(written, 1)
    assert ("undo", "Lead") not in noted(written)
    slept: list[float] = []

    class EditingClock(SystemClock):
        def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            written.org.edit(lead, Title="Intern")

    written.clock = EditingClock()
    attempt(written, 2)
    monkeypatch.undo()
    all_is_told(written)
    assert slept == [pytest.approx(15, abs=5)]
    rows = written.audit("undo")
    assert rows.loc[rows["how"] == "detected", "record_id"].tolist() == [lead]


def test_what_salesforce_refuses_to_take_back_is_told_and_not_in_the_audit(written: World) -> None:
    written.refuse("Lead", "Title", "Intern")
    attempt(written, 1)
    assert noted(written) == {place: count for place, count in DONE.items() if place != ("undo", "Lead")}
    with pytest.raises(PartialLoad, match=r"3 value\(s\) could not be put back \(FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        undo.report(written.task("undo", "report", ASKED))
    assert written.state.folder("write_ahead_log").names() == []


def test_an_undo_cleared_after_its_end_still_tells_what_it_did(written: World) -> None:
    attempt(written, 1)
    attempt(written, 2)
    all_is_told(written)
