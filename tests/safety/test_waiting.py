"""How long a load waits for a request that may still run, and when it reads Salesforce again before it writes."""

from __future__ import annotations

import pytest

from include.livestorm_salesforce.pipeline import loading
from tests.safety.conftest import Webinar


def test_a_load_without_an_answer_waits_before_it_looks(webinar: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    world, told = webinar.world, []
    monkeypatch.setenv("LIVESTORM_SALESFORCE_SETTLE_SECONDS", "7")
    monkeypatch.setattr(loading.time, "sleep", lambda seconds: told.append((seconds, world.org.writes.count("Lead"))))
    webinar.register("ada")
    world.sandbox.faults.add("cut_after", service="salesforce", kind="collections", nth=(1,))
    assert world.run()["verdict"] == "ok"
    assert [seconds for seconds, _ in told if seconds == 7], told
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1


@pytest.mark.parametrize(("minutes", "leads"), [("0", 1), ("10", 2)], ids=["read again", "trusted"])
def test_a_person_typed_in_after_the_plan_is_found_where_plans_are_not_trusted(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch, minutes: str, leads: int
) -> None:
    world = webinar.world
    monkeypatch.setenv("LIVESTORM_SALESFORCE_TRUST_PLAN_MINUTES", minutes)
    webinar.register("ada")
    typed = {"LastName": "Adason", "Company": "Acme", "Email": "ada@acme.example"}
    world.before = lambda task: world.org.insert("Lead", [typed]) if task == "load_people" else None
    world.run()
    assert len(world.org.rows("Lead")) == leads
