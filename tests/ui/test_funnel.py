"""The way of registrants into Salesforce: every difference of two steps has reasons."""

from __future__ import annotations

from livestorm_salesforce.domain.registrants.eligibility import DUPLICATE, SAME_AS_LAST
from livestorm_salesforce.domain.report.accounting import REFUSED
from livestorm_salesforce.state.people_queries import Selection
from livestorm_salesforce.state.webinar_queries import Group, Webinar
from livestorm_salesforce.web.funnel import Funnel
from livestorm_salesforce.web.routes.webinar import selected
from tests.harness.pages import NOW

HELD = "in quarantine: X, tried {}, next try 2026"


def webinar(registrants: float | None = 20, attendees: float | None = 8) -> Webinar:
    return Webinar(
        "s", "e", "Tour", "Morning", "past", True, "", "701", NOW, registrants, attendees, NOW, NOW, NOW, False, None
    )


def group(people: int, bucket: str, reason: str, **flags: bool) -> Group:
    values = {"is_loaded": False, "attended": False, "watched": False, "in_list": True} | flags
    return Group("s", bucket, reason, **values, people=people)


GROUPS = [
    group(6, "created", "new", is_loaded=True, attended=True),
    group(4, "unchanged", SAME_AS_LAST, is_loaded=True, watched=True),
    group(1, "skipped", DUPLICATE, is_loaded=True),
    group(2, "skipped", "team member", attended=True),
    group(1, "refused", REFUSED, watched=True),
    group(1, "skipped", HELD.format("once")),
    group(1, "skipped", HELD.format("twice")),
    group(3, "created", "new", is_loaded=True, in_list=False),
]
FUNNEL = Funnel.of(webinar(), GROUPS)


def test_each_step_explains_its_difference_to_the_one_before() -> None:
    steps = {step.name: (step.people, {one.code: one.people for one in step.differences}) for step in FUNNEL.steps()}
    assert steps == {
        "registered": (20, {}),
        "read": (16, {"not-read-yet": 4, "left-the-list": 3}),
        "eligible": (14, {"team-member": 2}),
        "in-salesforce": (11, {"quarantine": 2, "refused-by-salesforce-or-before-sending": 1}),
        "attended": (6, {"team-member": 2}),
        "watched": (4, {"refused-by-salesforce-or-before-sending": 1}),
    }


def test_registrants_minus_differences_are_in_salesforce() -> None:
    assert FUNNEL.registered - sum(one.people for one in FUNNEL.missing()) == FUNNEL.in_salesforce


def test_a_difference_selects_its_people() -> None:
    held = selected(FUNNEL, "in-salesforce", "quarantine")
    assert held == Selection(is_loaded=False, reasons=(HELD.format("once"), HELD.format("twice")))
    assert selected(FUNNEL, "attended", "team-member") == Selection(False, True, None, True, ("team member",))
    assert selected(FUNNEL, "read", "left-the-list") == Selection(in_list=False)
    assert selected(FUNNEL, "watched", "") == Selection(is_loaded=True, watched=True)
    assert selected(FUNNEL, "", "") == Selection() and selected(FUNNEL, "x", "invented").reasons == ()


def test_counts_that_livestorm_does_not_tell_are_unknown() -> None:
    upcoming = Funnel.of(webinar(None, None), [])
    assert [step.people for step in upcoming.steps()] == [0, 0, 0, 0, None, 0] and upcoming.missing() == []


def test_registrants_whom_livestorm_does_not_count_are_named() -> None:
    more = Funnel.of(webinar(10), GROUPS).steps()[1]
    assert next((one.code, one.people) for one in more.differences) == ("not-counted-by-livestorm", 6)


def test_a_webinar_is_short_of_registrants_or_attendees() -> None:
    loaded = group(8, "created", "new", is_loaded=True, attended=True)
    assert FUNNEL.is_short and not Funnel.of(webinar(8), [loaded]).is_short
    assert Funnel.of(webinar(8), [loaded, GROUPS[3]]).is_short, "listed, and not counted by Livestorm"
    assert Funnel.of(webinar(8, 9), [loaded]).is_short and Funnel.of(webinar(1, None), []).is_short
    assert not Funnel.of(webinar(None, None), []).is_short
