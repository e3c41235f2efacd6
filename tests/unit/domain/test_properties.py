"""Properties of plans for generated data: an applied plan leaves no changes, people are created once, and others.

The documents have the format of case files, so that a failing example can be kept as one. Every run uses the same
examples (derandomized).
"""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.rebase import rebase
from livestorm_salesforce.domain.report.accounting import BUCKETS
from tests.unit.domain import case
from tests.unit.domain import given as of
from tests.unit.domain.applied import ORDER, Org, apply, erased

SCHEMAS = of.schemas({})
BOUNDED = settings(max_examples=12, derandomize=True, deadline=None, database=None,
                   suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip

ADDRESSES = ["ada@acme.example", "Ada@ACME.example ", " bob@acme.example", "BOB@acme.example", "cy@acme.example",
             "straße@acme.example", "STRASSE@acme.example", "x@unknown.livestorm.co", "no address"]  # fmt: skip
WORDS = st.sampled_from([None, "", "  ", "Ada", " Byron\u00a0", "a" * 90, "🚀" * 85, "Acme\r\nLtd", "بايرون", "e\u0301",
                         "\x07bell", "x" * 300, "[not provided]", "ACME", "acme", "=1+1", "O'Brien"])  # fmt: skip
HELD = st.sampled_from([None, "Ada", "Byron", "ACME", "acme", "[not provided]", "Typed by hand"])
DATES = st.sampled_from(["2019-01-01T00:00:00.000+0000", "2020-01-01T00:00:00.000+0000"])
STATUSES = st.sampled_from(["Registered", "registered", "Not Attended", "Attended", "Sent", "Meeting booked"])


@st.composite
def registrants(draw: st.DrawFn) -> list[dict[str, Any]]:
    people = draw(st.lists(st.fixed_dictionaries({
        "email": st.sampled_from(ADDRESSES), "first_name": WORDS, "last_name": WORDS, "company": WORDS,
        "job_title": WORDS, "attended": st.booleans(), "has_viewed_replay": st.booleans(),
        "role": st.sampled_from(["participant", "participant", "participant", "team_member"]),
        "registered_at": st.sampled_from(["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"]),
    }), max_size=6))  # fmt: skip
    return [{"id": f"p{number}"} | person for number, person in enumerate(people)]


@st.composite
def orgs(draw: st.DrawFn) -> Org:
    emails = st.sampled_from([address.strip() for address in ADDRESSES[:7]])
    held = {"FirstName": HELD, "LastName": HELD.map(lambda name: name or "Held"), "Title": HELD, "Email": emails,
            "CreatedDate": DATES}  # fmt: skip
    contacts = draw(st.lists(st.fixed_dictionaries(held), max_size=3))
    became = st.sampled_from([None, *(f"00300000000000{n}AAA" for n in range(4))])
    leads = draw(st.lists(st.fixed_dictionaries(held | {"Company": st.just("Acme"), "Converted": became}), max_size=4))
    org = {
        "Contact": [{"Id": f"00300000000000{number}AAA"} | contact for number, contact in enumerate(contacts)],
        "Lead": [_lead(number, lead) for number, lead in enumerate(leads)],
    }
    return org | _campaigns(draw, org)


def _lead(number: int, lead: dict[str, Any]) -> dict[str, Any]:
    contact = lead.pop("Converted")
    converted = {"IsConverted": contact is not None, "ConvertedContactId": contact}
    return {"Id": f"00Q00000000000{number}EAA"} | lead | converted


def _campaigns(draw: st.DrawFn, org: Org) -> Org:
    """No Campaign, or that of s1 with statuses and members of existing people."""
    if not draw(st.booleans()):
        return {"Campaign": [], "CampaignMemberStatus": [], "CampaignMember": []}
    campaign = "701000000000001AAA"
    labels = ["Sent", *draw(st.lists(STATUSES.filter(lambda label: label != "Sent"), unique_by=str.lower, max_size=3))]
    statuses = [{"Id": f"01Y00000000000{place}EAA", "CampaignId": campaign, "Label": label, "IsDefault": place == 0,
                 "HasResponded": label == "Sent", "SortOrder": place + 1}
                for place, label in enumerate(labels)]  # fmt: skip
    people = [("ContactId", row["Id"]) for row in org["Contact"]]
    people += [("LeadId", row["Id"]) for row in org["Lead"] if not row["IsConverted"]]
    chosen = draw(st.lists(st.sampled_from(people), unique=True, max_size=3)) if people else []
    members = [{"Id": f"00v00000000000{place}AAA", "CampaignId": campaign, column: record,
                "Status": draw(st.sampled_from(labels)),
                "Livestorm_Replay_Status__c": draw(st.sampled_from([None, "Watched", "Not Watched"]))}
               for place, (column, record) in enumerate(chosen)]  # fmt: skip
    return {"Campaign": [{"Id": campaign, "Livestorm_Session_Id__c": "s1", "Name": "Old", "IsActive": True}],
            "CampaignMemberStatus": statuses, "CampaignMember": members}  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    states = st.sampled_from(["upcoming", "live", "on_demand", "past", "canceled"])
    sessions = [{"id": f"s{number}", "status": draw(states), "ended_at": "2026-11-23T09:00:00Z",
                 "name": draw(st.sampled_from([None, "Paris", "🚀" * 70]))} for number in (1, 2)]  # fmt: skip
    policy = st.sampled_from(["overwrite", "fill_blank", "create_only"])
    fields = {"FirstName": "first_name", "LastName": "last_name", "Email": {"from": "email", "policy": draw(policy)},
              "Title": {"from": "job_title", "policy": draw(policy)}}  # fmt: skip
    mapping = {"people": {"create": draw(st.sampled_from(["lead", "contact"]))}, "contact": fields,
               "lead": fields | {"Company": {"from": "company", "policy": draw(policy)}},
               "statuses": {"raise_on_demand": draw(st.booleans())}}  # fmt: skip
    people = {session["id"]: draw(registrants()) for session in sessions}
    return {
        "activation": "2026-11-20T00:00:00Z",
        "mapping": mapping,
        "given": {"sessions": sessions, "people": people, "org": draw(orgs())},
        "expect": {"objects": list(ORDER)},
    }


def with_org(document: dict[str, Any], org: Org) -> dict[str, Any]:
    return document | {"given": document["given"] | {"org": org}}


@BOUNDED
@given(documents(), st.floats(0, 1))
def test_an_applied_plan_leaves_no_changes(document: dict[str, Any], killed_at: float) -> None:
    """Applied completely, or interrupted and continued with the rebased plan."""
    org = document["given"]["org"]
    decided = case.decide(document)
    plan = decided.plan
    event(f"{len(plan.changes)} changes")
    done = apply(plan, org, SCHEMAS)
    assert case.shown_changes(case.decide(with_org(document, done))) == {}
    assert erased(org, done) == []
    _assert_people_are_created_once(plan, done)
    _assert_all_are_accounted_for(decided)

    half = apply(plan, org, SCHEMAS, lambda number: number <= killed_at * len(plan.changes))
    fresh = case.decide(with_org(document, half)).plan
    left = rebase(plan, fresh)
    assert set(left.changes["change_id"]) <= set(plan.changes["change_id"])
    again = apply(left, half, SCHEMAS)
    assert case.shown_changes(case.decide(with_org(document, again))) == {}
    assert {name: len(rows) for name, rows in again.items()} == {name: len(rows) for name, rows in done.items()}


def _assert_people_are_created_once(plan: Plan, done: Org) -> None:
    made = plan.changes[(plan.changes["action"] == "create") & plan.changes["object"].isin(["Lead", "Contact"])]
    assert made["source_key"].is_unique
    members = [(row["CampaignId"], row.get("LeadId"), row.get("ContactId")) for row in done["CampaignMember"]]
    assert len(members) == len(set(members))


def _assert_all_are_accounted_for(decided: case.Case) -> None:
    read = set(decided.scoped.loc[decided.scoped["read"], "session_id"])
    people = decided.document["given"]["people"]
    rows = [(session, person["id"]) for session in read for person in people[session]]
    accounting = decided.accounting
    assert sorted(zip(accounting["session_id"], accounting["person_id"], strict=True)) == sorted(rows)
    assert set(accounting["bucket"]) <= set(BUCKETS)
    assert (accounting["reason"] != "").all()


@BOUNDED
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(document: dict[str, Any], chance: random.Random) -> None:
    shuffled = {name: chance.sample(rows, len(rows)) for name, rows in document["given"]["people"].items()}
    org = {name: chance.sample(rows, len(rows)) for name, rows in document["given"]["org"].items()}
    sessions = chance.sample(document["given"]["sessions"], 2)
    people = dict(chance.sample(list(shuffled.items()), 2))
    other = document | {"given": document["given"] | {"sessions": sessions, "people": people, "org": org}}
    one, two = case.decide(document), case.decide(other)
    assert case.shown(one) == case.shown(two)
    again = rebase(one.plan, one.plan)
    for frame in Plan.names():
        pd.testing.assert_frame_equal(getattr(again, frame), getattr(one.plan, frame))


@BOUNDED
@given(documents(), documents())
def test_rebasing_never_adds_changes(document: dict[str, Any], other: dict[str, Any]) -> None:
    """The rebased plan contains only changes and fields of the old plan, whatever the new reading contains."""
    plan = case.decide(document).plan
    fresh = case.decide(with_org(document, other["given"]["org"])).plan
    left = rebase(plan, fresh)
    had = set(plan.fields.itertuples(index=False, name=None))
    assert set(left.fields.fillna("").itertuples(index=False, name=None)) <= {
        tuple("" if pd.isna(value) else value for value in row) for row in had
    }
    assert set(left.changes["change_id"]) == set(left.fields["change_id"])
