"""A load is killed after a write and not retried: the next run adds the write to the audit log."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce.transport import Transport
from livestorm_salesforce.state import write_intents
from tests.harness.webinar import Webinar


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
