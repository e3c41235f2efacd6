"""A value that somebody changed in Salesforce since our last write, in a field that the mapping protects, stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar, run_undo


@pytest.fixture
def protecting(webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webinar:
    file = tmp_path / "mapping.yaml"
    file.write_text(
        "lead: {LastName: last_name, FirstName: first_name, Email: {from: email, policy: create_only},"
        " Company: company, Title: {from: job_title, protect_edits: true}}\n"
        "contact: {LastName: last_name, Email: {from: email, policy: create_only},"
        " Title: {from: job_title, protect_edits: true}, Department: {from: company, protect_edits: true}}\n"
    )
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    return webinar


def say(webinar: Webinar, title: str) -> dict:
    webinar.world.livestorm.edit_registration(webinar.session, "ada@acme.example", job_title=title, company="New Inc.")
    return webinar.world.run({"full_read": True}, manual=True)


def test_a_value_that_somebody_changed_since_our_last_write_is_left_alone(protecting: Webinar) -> None:
    world = protecting.world
    protecting.register("ada")
    world.run()
    world.org.edit(world.record("Lead")["Id"], Title="Director", Company="Edited Ltd.")
    result = say(protecting, "Engineer")
    assert world.record("Lead")["Title"] == "Director"
    assert world.record("Lead")["Company"] == "New Inc.", "a field without protect_edits follows its policy"
    notes = [problem["public"] for problem in result["problems"]]
    assert any("Lead.Title: changed in Salesforce since our last write" in note for note in notes)
    count = world.org.writes.count()
    assert say(protecting, "Engineer")["verdict"] == "ok"
    assert world.org.writes.count() == count


def test_a_protected_value_that_nobody_changed_follows_livestorm(protecting: Webinar) -> None:
    protecting.register("ada")
    protecting.world.run()
    say(protecting, "Engineer")
    assert protecting.world.record("Lead")["Title"] == "Engineer"


def test_a_value_emptied_by_somebody_stays_empty(protecting: Webinar) -> None:
    world = protecting.world
    protecting.register("ada")
    world.run()
    world.org.edit(world.record("Lead")["Id"], Title=None)
    say(protecting, "Engineer")
    assert world.record("Lead")["Title"] is None


def test_an_undone_value_stays_undone_where_edits_are_protected(protecting: Webinar) -> None:
    world = protecting.world
    world.org.insert(
        "Lead", [{"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme", "Title": "Intern"}]
    )
    protecting.register("ada")
    world.run()
    run_undo(world)
    say(protecting, "Engineer")
    assert world.record("Lead")["Title"] == "Intern"


def converted(webinar: Webinar, into: str | None = None) -> str:
    """Ada registers, we make her a Lead, and sales converts it; returns the Contact."""
    webinar.register("ada")
    webinar.world.run()
    return webinar.world.org.convert_lead(webinar.world.record("Lead")["Id"], into)


@pytest.mark.parametrize("address", ["ada@acme.example", "ada@new.example"], ids=["own address", "through the Lead"])
def test_a_value_corrected_after_the_lead_was_converted_is_left_alone(protecting: Webinar, address: str) -> None:
    """The Contact took its Title over from the Lead, so our last write of it was the Lead's."""
    contact = converted(protecting)
    protecting.world.org.edit(contact, Title="CTO", Email=address)
    result = say(protecting, "Engineer")
    assert protecting.world.record("Contact")["Title"] == "CTO"
    assert any("Contact.Title: changed in Salesforce" in problem["public"] for problem in result["problems"])


def test_a_value_emptied_after_the_lead_was_converted_stays_empty(protecting: Webinar) -> None:
    protecting.world.org.edit(converted(protecting), Title=None)
    say(protecting, "Engineer")
    assert protecting.world.record("Contact")["Title"] is None


def test_a_converted_lead_that_nobody_edited_follows_livestorm_and_is_protected_from_then_on(
    protecting: Webinar,
) -> None:
    world = protecting.world
    contact = converted(protecting)
    say(protecting, "Engineer")
    assert world.record("Contact")["Title"] == "Engineer"
    assert world.record("Contact")["Department"] == "New Inc.", "a conversion fills no Department: nobody emptied it"
    say(protecting, "Architect")
    assert world.record("Contact")["Title"] == "Architect", "the Contact's own newer write counts, not the Lead's"
    world.org.edit(contact, Title="Analyst")
    say(protecting, "Director")
    assert world.record("Contact")["Title"] == "Analyst", "what the Lead was given before is an edit by now"


def test_what_we_wrote_on_the_contact_that_a_lead_was_converted_into_is_no_edit(protecting: Webinar) -> None:
    """A conversion into a Contact leaves what that has; both values are ours."""
    world = protecting.world
    contact = world.org.insert("Contact", [{"LastName": "Adason", "Email": "ada@private.example"}])[0]
    world.livestorm.register(
        protecting.session, "ada@private.example", "Ada", "Adason", fields={"company": "Acme", "job_title": "Dev"}
    )
    world.run()
    assert world.record("Contact")["Title"] == "Dev"
    converted(protecting, contact)
    say(protecting, "Engineer")
    assert world.record("Contact")["Title"] == "Engineer"


@pytest.mark.parametrize("task", ["load_campaigns", "load_people"])
def test_a_value_that_somebody_changes_between_plan_and_load_is_left_alone(protecting: Webinar, task: str) -> None:
    world = protecting.world
    protecting.register("ada")
    world.run()
    world.livestorm.edit_registration(protecting.session, "ada@acme.example", job_title="Engineer")
    ada = world.record("Lead")["Id"]
    world.before = lambda name: world.org.edit(ada, Title="Director") if name == task else None
    world.run({"full_read": True}, manual=True)
    world.before = lambda name: None
    assert world.record("Lead")["Title"] == "Director"
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok"
    assert world.record("Lead")["Title"] == "Director"
