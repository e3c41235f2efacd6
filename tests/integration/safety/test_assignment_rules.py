"""The org's lead assignment rule runs for the Leads that the sync creates, and for no other write (field A1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from service_sandbox.salesforce.org.policies import AssignmentRule
from tests.harness.webinar import Webinar, make_webinar, run_undo


@pytest.fixture
def queue(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The queue of the active rule; the mapping runs the rule and saves despite duplicate rules."""
    (tmp_path / "mapping.yaml").write_text(
        "version: 1\npeople: {assignment_rules: true, save_despite_duplicate_rules: true}\n"
    )
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    org = webinar.world.org
    org.policies.assignment = AssignmentRule(org.users.add_queue("New leads"))
    return org.policies.assignment.owner_id


def assigned(webinar: Webinar) -> list[tuple[str, str]]:
    """Operation and first part of the address of each Lead whose owner the rule has set since the last call."""
    changes = webinar.world.org.policies.owner_changes
    found = sorted((one.operation, str(one.email).split("@")[0]) for one in changes)
    changes.clear()
    return found


@pytest.mark.parametrize("bulk", [False, True])
def test_the_rule_runs_for_created_leads_only(
    webinar: Webinar, queue: str, monkeypatch: pytest.MonkeyPatch, *, bulk: bool
) -> None:
    world, org = webinar.world, webinar.world.org
    if bulk:
        monkeypatch.setenv("LIVESTORM_SALESFORCE_BULK_ABOVE", "0")
    person = {"LastName": "Ash", "FirstName": "Old"}
    (known,) = org.insert("Lead", [{**person, "Company": "Acme", "Email": "known@acme.example"}])
    org.insert("Contact", [{**person, "Email": "contact@acme.example"}])
    owner = world.record("Lead", Id=known)["OwnerId"]
    for name in ("known", "contact", "new"):
        webinar.register(name)
    org.reject_next_writes(1)
    world.run()
    assert assigned(webinar) == [("create", "new")]
    assert world.record("Lead", Id=known) | {"OwnerId": owner, "Title": "Analyst"} == world.record("Lead", Id=known)
    rep = org.users.add("rep@acme.example").id
    org.edit(world.record("Lead", Email="new@acme.example")["Id"], OwnerId=rep)
    make_webinar(world, "Second").register("new", job_title="Director")
    webinar.register("bad", last_name="Refused")
    world.refuse("Lead", "LastName", "Refused")
    world.sandbox.clock.advance(hours=26)
    world.run()
    world.accept("Lead")
    world.run({"full_read": True}, manual=True)
    assert assigned(webinar) == [("create", "bad")], "a row from quarantine is created like any other"
    run_undo(world, "run-2")
    assert assigned(webinar) == []
    assert world.record("Lead", Email="new@acme.example")["OwnerId"] == rep
    assert world.record("Lead", Id=known)["OwnerId"] == owner != queue
