"""What guards people in Salesforce: a unique mark against doubles, and respect for what somebody typed."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from livestorm_salesforce.clock import SystemClock
from livestorm_salesforce.state import latest_answers
from livestorm_salesforce.tasks import quarantine
from tests.harness.webinar import MARK, Webinar, add_mark


def test_without_the_field_nothing_is_marked(webinar: Webinar) -> None:
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"
    assert MARK not in webinar.world.record("Lead")


def test_created_people_get_a_mark_that_does_not_tell_the_address(webinar: Webinar) -> None:
    add_mark(webinar)
    webinar.register("ada")
    assert webinar.world.run()["verdict"] == "ok"
    mark = webinar.world.record("Lead")[MARK]
    assert len(mark) == 64
    assert set(mark) <= set("0123456789abcdef")


def test_a_create_that_is_carried_out_after_it_was_given_up_makes_nobody_twice(webinar: Webinar) -> None:
    """The first request still runs when the load reads again, finds nobody, and sends the person once more."""
    add_mark(webinar)
    world = webinar.world
    webinar.register("ada")
    world.run({"mode": "preview"}, name="r")
    secret = world.app().state.read_json("key")
    from livestorm_salesforce.domain.plan.email_hmac import email_hmac

    made: list[str] = []

    def late(task: str) -> None:
        if task == "load_people":  # the plan is trusted, so this record is not seen before it is sent
            values = {"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme"}
            made.extend(world.org.insert("Lead", [values | {MARK: email_hmac("ada@acme.example", secret)}]))

    world.before = late
    told = world.run()
    assert told["verdict"] == "ok", told
    assert world.record("Lead")["Id"] == made[0]
    assert world.record("CampaignMember")["LeadId"] == made[0]
    assert "detected" in set(world.audit()["how"])


def test_a_marked_person_with_another_address_by_now_is_not_taken_for_the_registrant(webinar: Webinar) -> None:
    add_mark(webinar)
    world = webinar.world
    webinar.register("ada")
    world.run()
    first = world.record("Lead")["Id"]
    world.org.edit(first, Email="new.address@acme.example")
    told = world.run({"full_read": True}, manual=True)
    assert told["verdict"] == "ok", told
    second = world.record("Lead", Email="ada@acme.example")
    assert second[MARK] is None
    written = world.audit().query("record_id == @second['Id']")["field"]
    assert "LastName" in set(written) and MARK not in set(written), "the audit tells what was not written"
    assert world.record("Lead", Id=first)["Email"] == "new.address@acme.example"


def test_the_mark_on_a_converted_lead_does_not_make_it_a_member(webinar: Webinar) -> None:
    """Its Contact was deleted, so nobody has the address; a converted Lead cannot become a member (Salesforce API,
    CANNOT_UPDATE_CONVERTED_LEAD)."""
    add_mark(webinar)
    world = webinar.world
    webinar.register("ada")
    world.run()
    first = world.record("Lead")["Id"]
    world.org.convert_lead(first)
    world.org.delete(world.record("Contact")["Id"])
    told = world.run({"full_read": True}, manual=True)
    assert told["verdict"] == "ok", told
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
    """The first session alone is compared with Salesforce again."""
    webinar.world.sandbox.clock.advance(hours=1)
    webinar.world.run({"full_read": True, "session_ids": [webinar.session]}, manual=True)


@pytest.mark.parametrize("dismissed", [False, True], ids=["waiting", "dismissed"])
def test_a_newest_registration_has_spoken_although_its_member_was_refused(webinar: Webinar, dismissed: bool) -> None:
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


def test_a_registration_whose_person_was_refused_has_not_spoken(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada")
    world.run()
    later(webinar, "Director")
    world.refuse("Lead", "Title", "Director")
    assert world.run()["buckets"]["refused"] == 1
    world.org.edit(world.record("Lead")["Id"], Title="Typed over")
    compare(webinar)
    assert world.record("Lead")["Title"] == "Analyst"


def test_a_report_made_anew_remembers_the_same_registrations(webinar: Webinar) -> None:
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


def test_a_contact_typed_in_between_becomes_the_member_that_a_lead_was_planned_for(webinar: Webinar) -> None:
    """load_people reads again, because it is tried again, and finds the Contact; load_members trusts the plan."""
    world = webinar.world
    webinar.register("ada")
    for task, do in world.tasks("one", {}, manual=False):
        if task == "load_people":
            world.org.insert("Contact", [{"LastName": "Adason", "Email": "ada@acme.example"}])
        do(2 if task == "load_people" else 1)
    assert world.last["verdict"] == "ok", world.last
    assert not world.org.rows("Lead")
    assert world.record("CampaignMember")["ContactId"] == world.record("Contact")["Id"]


class Yesterday(SystemClock):
    """A clock that was set back by a day."""

    def now(self) -> float:
        return super().now() - 86400


def test_a_plan_from_the_future_is_not_trusted(webinar: Webinar) -> None:
    """The host's clock was set back between plan and load: how old the plan is, nobody knows."""
    world = webinar.world
    webinar.register("ada")

    def meanwhile(task: str) -> None:
        if task == "load_people":
            world.org.insert("Lead", [{"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme"}])
            world.clock = Yesterday()

    world.before = meanwhile
    assert world.run()["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == 1
