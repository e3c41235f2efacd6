"""How long a load waits for a request that may still run, and when it reads Salesforce again before it writes."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clock import SystemClock
from tests.fake_clock import SandboxClock
from tests.harness.attempts import Killed
from tests.harness.webinar import Webinar


def test_a_load_without_response_waits_before_it_reads_again(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    world, waits = webinar.world, []  # seconds of each wait
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "7")
    world.clock = RecordingClock(waits)
    webinar.register("ada")
    world.sandbox.faults.add("cut_after", service="salesforce", call_type="collections", nth=(1,))
    assert world.run()["verdict"] == "ok"
    assert 7 in waits, waits
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1


class RecordingClock(SystemClock):
    """Records the waits and does not wait."""

    def __init__(self, waits: list[float]) -> None:
        self.waits = waits

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


class KillingClock(SystemClock):
    """A clock that kills the worker while it waits."""

    def sleep(self, seconds: float) -> None:
        raise Killed


@pytest.mark.parametrize("retried", [True, False], ids=["its own retry", "the next run"])
def test_the_next_load_after_a_killed_one_waits_before_it_reads(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, retried: bool
) -> None:
    """The worker is killed during a create, which Salesforce executes ten seconds later."""
    world = webinar.world
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "15")
    world.clock = SandboxClock(world.sandbox)
    webinar.register("ada")
    world.run({"mode": "preview"})
    tasks = world.tasks("one", {}, manual=False)
    for task, do in tasks:
        if task == "load_people":
            world.clock = KillingClock()
            world.sandbox.faults.add("cut_late", service="salesforce", call_type="collections", nth=(1,), seconds=10)
            with pytest.raises(Killed):
                do(1)
            break
        do(1)
    world.clock = SandboxClock(world.sandbox)
    if retried:
        do(2)
        for _, rest in tasks:
            rest(1)
    else:
        assert world.run()["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1


@pytest.mark.parametrize(("minutes", "leads"), [("0", 1), ("10", 2)], ids=["read again", "trusted"])
def test_a_person_created_after_the_plan_is_found_unless_the_plan_is_trusted(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, minutes: str, leads: int
) -> None:
    world = webinar.world
    monkeypatch.setenv("LIVESTORM_SALESFORCE_TRUST_PLAN_MINUTES", minutes)
    webinar.register("ada")
    typed = {"LastName": "Adason", "Company": "Acme", "Email": "ada@acme.example"}
    world.before = lambda task: world.org.insert("Lead", [typed]) if task == "load_people" else None
    world.run()
    assert len(world.org.rows("Lead")) == leads
