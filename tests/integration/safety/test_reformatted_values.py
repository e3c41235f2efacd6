"""A flow reformats values on every save: they are not written again every week, and reported (field findings, A14)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from service_sandbox.livestorm.forms import form
from service_sandbox.salesforce.model import values
from tests.harness.webinar import Webinar


def titles(webinar: Webinar) -> list[str]:
    return [row["Title"] for row in webinar.world.org.rows("Lead")]


def full_read(webinar: Webinar) -> Counter[str]:
    """A full read a week later; returns the problems by code."""
    world = webinar.world
    world.sandbox.clock.advance(days=7)
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok", world.last
    found: Counter[str] = Counter()
    for problem in world.last["problems"]:
        found[problem["code"]] += problem["count"]
    return found


def test_a_value_that_comes_back_is_written_twice_at_most(webinar: Webinar) -> None:
    """A user or a nightly job that runs as another user: its first change looks like an edit."""
    world = webinar.world
    webinar.register("ada", job_title="chief analyst")
    world.run()
    lead = world.record("Lead")["Id"]
    found = []
    for _ in range(4):
        world.org.edit(lead, Title="Boss")
        found.append(full_read(webinar).get("VALUE_REVERTED", 0))
    assert found == [0, 1, 1, 1]
    assert titles(webinar) == ["Boss"]


def test_a_new_answer_is_written(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada", job_title="chief analyst")
    world.run()
    lead = world.record("Lead")["Id"]
    for _ in range(2):
        world.org.edit(lead, Title="Chief Analyst")
        full_read(webinar)
    world.livestorm.edit_registration(webinar.session, "ada@acme.example", job_title="Director")
    assert "VALUE_REVERTED" not in full_read(webinar)
    assert titles(webinar) == ["Director"]


def test_a_value_that_another_user_changed_once_is_written(webinar: Webinar) -> None:
    """Without protect_edits an edit in Salesforce is overwritten, as before."""
    world = webinar.world
    webinar.register("ada", job_title="Analyst")
    world.run()
    for other in ("Boss", "Chief"):
        world.org.edit(world.record("Lead")["Id"], Title=other)
        full_read(webinar)
        assert titles(webinar) == ["Analyst"]


FLOWS = [
    {"object": "Lead", "field": "Phone", "pattern": r"^0", "replace": "+33 "},
    {"object": "Lead", "field": "FirstName", "pattern": "^ada", "replace": "Ada"},
    {"object": "Lead", "when": "after", "field": "Title", "pattern": "^head of ", "replace": "VP "},
    {"object": "Campaign", "field": "Name", "pattern": "^Product", "replace": "2026 Product"},
]


def updates(webinar: Webinar, *fields: str) -> int:
    """How often one of the fields of an existing record was written."""
    written = webinar.world.org.writes.list(operation="update", rejected=False)
    return sum(not set(fields).isdisjoint(write.values) for write in written)


def test_a_value_that_a_flow_reformats_at_creation_is_never_written_again(webinar: Webinar) -> None:
    """The record is unchanged since it was created: the difference is the flow's."""
    world = webinar.world
    world.org.automation.configure({"flows": FLOWS})
    event = world.livestorm.add_event(
        "Product news", fields=form("email", "first_name", "last_name", "company", "job_title", "phone")
    )
    webinar.session = world.livestorm.add_session(event, world.sandbox.clock.now() + timedelta(days=60))
    webinar.register("ada", first_name="ada", job_title="head of sales", phone="0612345678")
    world.run()
    stored = world.record("Lead")
    assert (stored["FirstName"], stored["Title"], stored["Phone"]) == ("Ada", "VP sales", "+33 612345678")
    found = [full_read(webinar).get("VALUE_REVERTED", 0) for _ in range(4)]
    assert updates(webinar, "FirstName", "Title", "Phone") == 0
    assert updates(webinar, "Name") <= 1, "the Campaign of the past session has changed since its creation"
    assert min(found) >= 4, "three values of the Lead, the name of the Campaign to come"
    assert {row["Name"][:12] for row in world.org.rows("Campaign")} == {"2026 Product"}


def test_a_value_reformatted_at_an_update_is_not_written_again(webinar: Webinar) -> None:
    world = webinar.world
    world.org.insert("Lead", [{"LastName": "Old", "Company": "Acme", "Email": "ada@acme.example"}])
    flow = {"object": "Lead", "field": "Title", "pattern": "^chief analyst", "replace": "Chief  Analyst"}
    world.org.automation.configure({"flows": [flow]})
    webinar.register("ada", job_title="chief analyst")
    world.run()
    count = updates(webinar, "Title")
    world.sandbox.clock.advance(hours=12)
    assert [one["code"] for one in world.run({"full_read": True}, manual=True)["problems"]] == ["VALUE_REVERTED"]
    assert (updates(webinar, "Title"), titles(webinar)) == (count, ["Chief  Analyst"])


def test_a_text_of_which_the_org_stores_the_beginning_is_not_written_every_week(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The org counts bytes, so it rejects texts that fit the described length (field A10)."""
    monkeypatch.setattr(values, "_length", lambda text, units: len(text.encode()))
    world = webinar.world
    webinar.register("ada", first_name="é" * 35, last_name="日本語" * 20, job_title="ü" * 100)
    world.run()
    world.sandbox.clock.advance(hours=26)
    world.run()
    first = world.record("Lead")
    assert (first["FirstName"], first["LastName"], first["Title"]) == ("é" * 20, "日本語" * 8 + "日本", "ü" * 64)
    count = world.org.writes.count()
    for _ in range(2):
        assert full_read(webinar)["VALUE_CUT"] == 3
    assert world.org.writes.count() == count
    world.livestorm.edit_registration(webinar.session, "ada@acme.example", job_title="ü" * 10)
    assert full_read(webinar)["VALUE_CUT"] == 2
    assert titles(webinar) == ["ü" * 10]
    world.livestorm.edit_registration(webinar.session, "ada@acme.example", job_title="ü" * 20)
    full_read(webinar)
    assert titles(webinar) == ["ü" * 20], "a text that was not cut may be longer the next time"


def test_a_value_replaced_at_an_update_is_not_written_again(webinar: Webinar) -> None:
    """The form of the value tells nothing; nobody but the sync, and flows that it started, has changed the record."""
    world = webinar.world
    old = {"LastName": "Old", "Company": "Acme", "Email": "ada@acme.example", "Title": "Old"}
    (lead,) = world.org.insert("Lead", [old])
    flow = {"object": "Lead", "field": "Title", "pattern": "^head of ", "replace": "VP "}
    world.org.automation.configure({"flows": [flow]})
    webinar.register("ada", job_title="head of sales")
    world.run()
    count = updates(webinar, "Title")
    found = [full_read(webinar).get("VALUE_REVERTED", 0) for _ in range(3)]
    assert (updates(webinar, "Title"), titles(webinar), min(found)) == (count, ["VP sales"], 1)
    world.org.edit(lead, Title="Boss")
    full_read(webinar)
    assert updates(webinar, "Title") == count + 1, "an edit of a user is overwritten, as before"
