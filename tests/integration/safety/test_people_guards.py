"""Protection of people in Salesforce: a unique e-mail HMAC against duplicates, and the latest answers."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from livestorm_salesforce.clock import SystemClock
from livestorm_salesforce.state import latest_answers
from livestorm_salesforce.tasks import quarantine
from tests.harness.webinar import MARK, Webinar, add_mark


def test_without_the_field_no_hmac_is_written(webinar: Webinar) -> None:
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"
    assert MARK not in webinar.world.record("Lead")


def test_created_people_get_an_hmac_that_does_not_reveal_the_address(webinar: Webinar) -> None:
    add_mark(webinar)
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"
    mark = webinar.world.record("Lead")[MARK]
    assert len(mark) == 64
    assert set(mark) <= set("0123456789abcdef")


def test_a_create_that_is_executed_after_its_timeout_creates_nobody_twice(webinar: Webinar) -> None:
    """The first request still runs when the load reads again, finds nobody, and sends the person again."""
    add_mark(webinar)
    world = webinar.world
    webinar.register("ada")
    world.run({"mode": "preview"}, name="r")
    secret = world.app().hmac_key()
    from livestorm_salesforce.domain.plan.email_hmac import email_hmac

    made: list[str] = []

    def late(task: str) -> None:
        if task == "load_people":  # the plan is trusted, so this record is not seen before it is sent
            values = {"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme"}
            made.extend(world.org.insert("Lead", [values | {MARK: email_hmac("ada@acme.example", secret)}]))

    world.before = late
    report = world.run()
    assert report["verdict"] == "ok", report
    assert world.record("Lead")["Id"] == made[0]
    assert world.record("CampaignMember")["LeadId"] == made[0]
    assert "detected" in set(world.audit()["how"])


def test_a_person_with_the_hmac_and_another_address_is_followed_by_its_stored_id(webinar: Webinar) -> None:
    add_mark(webinar)
    world = webinar.world
    webinar.register("ada")
    world.run()
    first = world.record("Lead")["Id"]
    world.org.edit(first, Email="new.address@acme.example")
    report = world.run({"full_read": True}, manual=True)
    assert report["verdict"] == "ok", report
    assert len(world.org.rows("Lead")) == 1
    assert world.record("Lead", Id=first)["Email"] == "new.address@acme.example"


def test_a_converted_lead_with_the_hmac_does_not_become_a_member(webinar: Webinar) -> None:
    """Its Contact was deleted, so nobody has the address; a converted Lead cannot become a member (Salesforce API,
    CANNOT_UPDATE_CONVERTED_LEAD)."""
    add_mark(webinar)
    world = webinar.world
    webinar.register("ada")
    world.run()
    first = world.record("Lead")["Id"]
    world.org.convert_lead(first)
    world.org.delete(world.record("Contact")["Id"])
    report = world.run({"full_read": True}, manual=True)
    assert report["verdict"] == "ok", report
    second = world.record("Lead", IsConverted=False)
    assert second[MARK] is None
    assert world.record("CampaignMember", LeadId=second["Id"])


def later(webinar: Webinar, title: str) -> str:
    """Ada registers for another session; returns it."""
    world = webinar.world
    world.sandbox.clock.advance(hours=1)
    other = world.livestorm.add_session(webinar.event, world.sandbox.clock.now() + timedelta(days=30))
    fields = {"company": "Acme", "job_title": title}
    world.livestorm.register(other, "ada@acme.example", "Ada", "Adason", fields=fields)
    return other


def compare(webinar: Webinar) -> None:
    """A run that compares only the first session with Salesforce."""
    webinar.world.sandbox.clock.advance(hours=1)
    webinar.world.run({"full_read": True, "session_ids": [webinar.session]}, manual=True)


@pytest.mark.parametrize("dismissed", [False, True], ids=["waiting", "dismissed"])
def test_a_registration_is_applied_although_its_member_was_refused(webinar: Webinar, dismissed: bool) -> None:
    world = webinar.world
    webinar.register("ada")
    world.run()
    other = later(webinar, "Director")
    world.refuse("CampaignMember", "Status")
    assert world.run()["buckets"]["refused"] == 1
    assert world.record("Lead")["Title"] == "Director"
    if dismissed:
        quarantine.settle(world.task("by-hand", "settle"), "dismiss", [other], "a competitor")
    world.accept("CampaignMember")
    compare(webinar)
    assert world.record("Lead")["Title"] == "Director"


def test_a_registration_whose_person_was_refused_is_not_applied(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    world.run()
    later(webinar, "Director")
    world.refuse("Lead", "Title", "Director")
    assert world.run()["buckets"]["refused"] == 1
    world.org.edit(world.record("Lead")["Id"], Title="Typed over")
    compare(webinar)
    assert world.record("Lead")["Title"] == "Analyst"


def test_a_repeated_report_stores_the_same_latest_answers(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse("CampaignMember", "Status")
    webinar.register("ada")
    name = world.run()["run_id"]
    said = latest_answers.load(world.state, pd.Series(["ada@acme.example"]), ["form.job_title"])
    assert said["form.job_title at"].notna().tolist() == [True]
    for task, do in world.tasks(name, {}, manual=False):
        if task == "report":
            do(2)
    again = latest_answers.load(world.state, pd.Series(["ada@acme.example"]), ["form.job_title"])
    pd.testing.assert_frame_equal(again, said)


def test_a_contact_created_after_the_plan_becomes_the_member(webinar: Webinar) -> None:
    """The retry of load_people reads again and finds the Contact; load_members trusts the plan."""
    world = webinar.world
    webinar.register("ada")
    for task, do in world.tasks("one", {}, manual=False):
        if task == "load_people":
            world.org.insert("Contact", [{"LastName": "Adason", "Email": "ada@acme.example"}])
        do(2 if task == "load_people" else 1)
    assert world.last["verdict"] == "ok", world.last
    assert not world.org.rows("Lead")
    assert world.record("CampaignMember")["ContactId"] == world.record("Contact")["Id"]


class ClockSetBack(SystemClock):
    """A clock that was set back by a day."""

    def now(self) -> float:
        return super().now() - 86400


def test_a_plan_from_the_future_is_not_trusted(webinar: Webinar) -> None:
    """The host's clock was set back between plan and load, so the age of the plan is unknown."""
    world = webinar.world
    webinar.register("ada")

    def create_contact_once(task: str) -> None:
        if task == "load_people":
            world.org.insert("Lead", [{"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme"}])
            world.clock = ClockSetBack()

    world.before = create_contact_once
    assert world.run()["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == 1
