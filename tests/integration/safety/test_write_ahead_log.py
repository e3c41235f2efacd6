"""A load ends right after a write, none of its retries runs, and the next run tells the audit what it wrote."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.clients.salesforce.transport import Transport
from tests.harness.webinar import Webinar


class Gone(BaseException):
    """The worker is dead."""


def dies_after_writing(webinar: Webinar, sobject: str) -> None:
    """A run whose worker dies as soon as Salesforce has rows of this kind, before it hears of it."""
    world, plain = webinar.world, GuardedSession.request

    def request(session: GuardedSession, *words, **options):
        answer = plain(session, *words, **options)
        if world.org.rows(sobject) and any(
            write.object == sobject for write in world.org.writes.list(operation="create")
        ):
            raise Gone
        return answer

    with patch.object(GuardedSession, "request", request), pytest.raises(Gone):
        world.run(name="cut")


@pytest.mark.parametrize("sobject", ["Campaign", "Lead", "CampaignMember"])
def test_writes_without_a_response_are_in_the_audit_of_the_run_that_wrote_them(webinar: Webinar, sobject: str) -> None:
    world = webinar.world
    for name in ("ada", "bob"):
        webinar.register(name)
    dies_after_writing(webinar, sobject)
    made = {write.id for write in world.org.writes.list(operation="create", rejected=False) if write.object == sobject}
    assert made and not set(world.audit()["record_id"]) & made
    assert world.run()["verdict"] == "ok"
    told = world.audit("cut")
    assert made <= set(told["record_id"]) and set(told.loc[told["record_id"].isin(made), "how"]) == {"detected"}
    assert world.state.folder("write_ahead_log").names() == []
    assert not world.audit().duplicated(["object", "record_id", "field", "action", "after"]).any()


def test_a_run_that_ends_well_leaves_no_note_and_looks_for_nothing(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    assert world.run()["verdict"] == "ok"
    assert world.state.folder("write_ahead_log").names() == []
    world.sandbox.calls.reset()
    with patch.object(Transport, "call", autospec=True, side_effect=Transport.call) as call:
        world.run()
    assert call.call_count <= 1
