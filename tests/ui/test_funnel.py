"""The way of registrants into Salesforce: every difference of two steps has reasons."""

from __future__ import annotations

import pytest

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
        "attended": (6, {"did-not-attend": 5, "team-member": 2}),
        "watched": (4, {"did-not-watch": 7, "refused-by-salesforce-or-before-sending": 1}),
    }


def test_registrants_minus_differences_are_in_salesforce() -> None:
    assert FUNNEL.registered - sum(one.people for one in FUNNEL.missing()) == FUNNEL.in_salesforce


def test_a_difference_selects_its_people() -> None:
    held = selected(FUNNEL, "in-salesforce", "quarantine")
    assert held == Selection(is_loaded=False, reasons=(HELD.format("once"), HELD.format("twice")))
    assert selected(FUNNEL, "attended", "team-member") == Selection(False, True, None, True, ("team member",))
    assert selected(FUNNEL, "read", "left-the-list") == Selection(in_list=False)
    assert selected(FUNNEL, "attended", "did-not-attend") == Selection(is_loaded=True, attended=False)
    assert selected(FUNNEL, "watched", "did-not-watch") == Selection(is_loaded=True, watched=False)
    assert selected(FUNNEL, "watched", "") == Selection(is_loaded=True, watched=True)
    assert selected(FUNNEL, "", "") == Selection() and selected(FUNNEL, "x", "invented").reasons == ()


def test_counts_that_livestorm_does_not_tell_are_unknown() -> None:
    upcoming = Funnel.of(webinar(None, None), [])
    assert [step.people for step in upcoming.steps()] == [0, 0, 0, 0, None, 0] and upcoming.missing() == []
    expected = Funnel.of(webinar(4, None), [GROUPS[1]])
    assert [step.differences for step in expected.steps()] == [[]] * 6, "nobody is absent before the end"


def test_attendees_whom_no_read_has_found_are_a_difference() -> None:
    unread = Funnel.of(webinar(10, 9), GROUPS[:2])
    assert unread.is_short and unread.missing() == []
    (shortage,) = unread.shortages()
    assert (shortage.code, shortage.people, shortage.is_listed) == ("attendance-not-read-yet", 3, False)
    attended = unread.steps()[4]
    assert [(one.code, one.people, one.is_listed) for one in attended.differences] == [
        ("did-not-attend", 4, True), ("attendance-not-read-yet", 3, False),
    ]  # fmt: skip


@pytest.mark.parametrize("attended", [None, 0, 6, 8, 9, 20])
@pytest.mark.parametrize("groups", [GROUPS, GROUPS[:1], GROUPS[3:], []])
def test_a_webinar_with_differences_names_one(attended: float | None, groups: list[Group]) -> None:
    funnel = Funnel.of(webinar(6, attended), groups)
    assert funnel.is_short == bool(funnel.shortages())


def test_registrants_whom_livestorm_does_not_count_are_named() -> None:
    more = Funnel.of(webinar(10), GROUPS).steps()[1]
    assert next((one.code, one.people) for one in more.differences) == ("not-counted-by-livestorm", 6)


def test_a_webinar_is_short_of_registrants_or_attendees() -> None:
    loaded = group(8, "created", "new", is_loaded=True, attended=True)
    assert FUNNEL.is_short and not Funnel.of(webinar(8), [loaded]).is_short
    assert Funnel.of(webinar(8), [loaded, GROUPS[3]]).is_short, "listed, and not counted by Livestorm"
    assert Funnel.of(webinar(8, 9), [loaded]).is_short and Funnel.of(webinar(1, None), []).is_short
    assert not Funnel.of(webinar(None, None), []).is_short
