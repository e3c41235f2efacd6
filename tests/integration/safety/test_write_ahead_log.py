"""A load is killed after a write and not retried: the next run adds the write to the audit log."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.state import write_intents
from livestorm_salesforce.tasks import load_people
from tests.harness.webinar import Webinar, add_mark
from tests.integration.safety.situations import see_all, use_other_user


class WorkerKilled(BaseException):
    """The worker was killed."""


def run_killed_after_write(webinar: Webinar, sobject: str) -> None:
    """A run whose worker is killed after Salesforce has created rows of this object, before the response."""
    world, plain = webinar.world, GuardedSession.request

    def request(session: GuardedSession, *words, **options):
        answer = plain(session, *words, **options)
        if world.org.rows(sobject) and any(
            write.object == sobject for write in world.org.writes.list(operation="create")
        ):
            raise WorkerKilled
        return answer

    with patch.object(GuardedSession, "request", request), pytest.raises(WorkerKilled):
        world.run(name="cut")


@pytest.mark.parametrize("sobject", ["Campaign", "Lead", "CampaignMember"])
def test_writes_without_a_response_are_in_the_audit_of_the_run_that_wrote_them(webinar: Webinar, sobject: str) -> None:
    world = webinar.world
    for name in ("ada", "bob"):
        webinar.register(name)
    run_killed_after_write(webinar, sobject)
    created = {
        write.id for write in world.org.writes.list(operation="create", rejected=False) if write.object == sobject
    }
    assert created and not set(world.audit()["record_id"]) & created
    assert world.run()["verdict"] == "ok"
    entries = world.audit("cut")
    assert created <= set(entries["record_id"]) and set(entries.loc[entries["record_id"].isin(created), "how"]) == {
        "detected"
    }
    assert write_intents.load(world.state) == []
    assert not world.audit().duplicated(["object", "record_id", "field", "action", "after"]).any()


def test_a_complete_run_leaves_no_intent_and_the_next_one_reads_nothing(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    assert write_intents.load(world.state) == []
    world.sandbox.calls.reset()
    with patch.object(Transport, "call", autospec=True, side_effect=Transport.call) as call:
        world.run()
    assert call.call_count <= 1


@pytest.mark.parametrize("sobject", ["Lead", "CampaignMember"])
def test_a_write_whose_record_was_hidden_is_in_the_audit_once_it_is_visible(webinar: Webinar, sobject: str) -> None:
    """Also if the state does not know the record: nobody else creates the person, its unique HMAC is taken."""
    world = webinar.world
    add_mark(webinar)
    webinar.register("ada")
    run_killed_after_write(webinar, sobject)
    created = {write.id for write in world.org.writes.list(operation="create") if write.object == sobject}
    world.org.users.share({"Lead": "None"})
    use_other_user(world)
    world.run({"full_read": True}, manual=True)
    (intent,) = [intent for intent in write_intents.load(world.state) if intent["run_id"] == "cut"]
    assert intent["details"]["settled"] and not created & set(world.audit()["record_id"])
    sleeps = len(world.clock.sleeps)
    world.run({"full_read": True}, manual=True)
    assert len(world.clock.sleeps) == sleeps, "nothing of the load runs any more"
    see_all(world)
    world.run({"full_read": True}, manual=True)
    entries = world.audit()
    assert set(entries.loc[entries["record_id"].isin(created) & (entries["action"] == "create"), "run_id"]) == {"cut"}
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1
    assert write_intents.load(world.state) == []


def test_a_record_of_another_run_is_no_write_of_the_killed_one(webinar: Webinar) -> None:
    """The killed load had created nobody, and the user might not have seen it."""
    world = webinar.world
    world.org.users.share({"Lead": "None"})
    use_other_user(world)
    webinar.register("ada")
    with patch.object(load_people, "_send", side_effect=WorkerKilled), pytest.raises(WorkerKilled):
        world.run(name="cut")
    for _ in range(3):
        world.run({"full_read": True}, manual=True)
    entries = world.audit()
    assert set(entries.loc[entries["object"] == "Lead", "run_id"]) == {"run-2"}
    assert write_intents.load(world.state) == []


def test_a_killed_creation_whose_address_a_flow_changed_makes_no_second_person(webinar: Webinar) -> None:
    """The next run finds nobody at the address; the unique HMAC leads to the record (field A4)."""
    world = webinar.world
    add_mark(webinar)
    tags = {"object": "Lead", "field": "Email", "pattern": r"\+[^@]*", "replace": ""}
    world.org.automation.configure({"flows": [tags]})
    webinar.register("ada+webinar")
    run_killed_after_write(webinar, "Lead")
    assert world.run()["verdict"] == "ok"
    lead = world.record("Lead", Email="ada@acme.example")
    assert world.record("CampaignMember")["LeadId"] == lead["Id"]
    entries = world.audit()
    assert list(entries.loc[entries["field"] == "LastName", "how"]) == ["detected"]
    world.run({"full_read": True}, manual=True)
    assert [problem["code"] for problem in world.last["problems"]] == ["ADDRESS_DIFFERS"]
    assert len(world.org.rows("Lead")) == 1


def test_an_intent_of_a_clock_that_was_a_year_ahead_is_recovered(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    run_killed_after_write(webinar, "Lead")
    (intent,) = write_intents.load(world.state)
    write_intents.record(world.state, intent | {"recorded_at": intent["recorded_at"] + 365 * 86_400})
    world.run({"full_read": True}, manual=True)
    assert write_intents.load(world.state) == []
    assert "detected" in set(world.audit("cut")["how"])
