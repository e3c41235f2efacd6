"""A request that Salesforce executes after its timeout."""

from __future__ import annotations

from livestorm_salesforce.clients.salesforce.executor import LOCK_WAITS
from livestorm_salesforce.state import write_intents
from tests.fake_clock import SandboxClock
from tests.faults.test_concurrent_changes import webinar, world  # noqa: F401 fixtures
from tests.harness.webinar import Webinar

LOCKED = len(LOCK_WAITS) + 1
"""How often a locked row is sent."""


def test_a_request_carried_out_after_its_repetition_was_refused_is_in_the_audit(
    webinar: Webinar,  # noqa: F811
) -> None:
    """Another user locks the record during the retries; the first request is executed after the lock is released."""
    place = webinar.world
    place.clock = SandboxClock(place.sandbox)
    lead = place.org.insert("Lead", [{"LastName": "A", "Company": "Acme", "Email": "ada@acme.example"}])[0]
    faults = place.sandbox.faults

    def strike(task: str) -> None:
        if task == "load_people":
            faults.add("cut_late", service="salesforce", times=1, seconds=60)
            faults.add("locked_records", service="salesforce", times=1, records=2 * LOCKED)

    place.before = strike
    place.run(name="late")
    place.before = lambda task: None
    faults.clear()
    place.sandbox.delayed_calls.run_due(60)
    assert place.record("Lead", Id=lead)["FirstName"]
    assert "FirstName" not in set(place.audit("late").query("record_id == @lead")["field"])
    place.run({"full_read": True}, manual=True)
    assert "FirstName" in set(place.audit("late").query("record_id == @lead and how == 'detected'")["field"])
    assert write_intents.load(place.state) == []
