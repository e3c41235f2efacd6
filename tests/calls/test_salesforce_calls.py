"""Salesforce calls of whole runs: the figures of docs/reference/benchmarks.md, login included, describes cached.

Bulk jobs done at the first poll: each further poll is a call on top and depends on the day. What was written is the
org's word, not the report's: its journal has every record, whatever the way it came (`org.writes`).
"""

from __future__ import annotations

import pytest

from benchmarks.stage import POLLS, Stage, address

DESCRIBES = 1  # of all objects, in the first run of a day


def cost(stage: Stage, *, describes: int = 0) -> int:
    """Calls of the last run, but for describes, of which there must have been so many."""
    assert stage.sandbox.calls.count(service="salesforce", call_type="describe") == 0
    assert stage.sandbox.calls.count(service="salesforce", call_type="composite.describe") == describes
    return stage.counted("salesforce") - describes


def written(stage: Stage) -> dict[str, int]:
    """What the org took of the last run; it may have refused nothing."""
    assert stage.sandbox.org.writes.count(rejected=True) == 0
    return stage.sandbox.org.writes.tally()


def made(registrants: int, campaigns: int = 1) -> dict[str, int]:
    return {"Campaign.create": campaigns, "CampaignMemberStatus.create": 3 * campaigns,
            "Lead.create": registrants, "CampaignMember.create": registrants}  # fmt: skip


def acquainted(stage: Stage, registrants: int) -> None:
    """A third of them are Contacts already, a third Leads, all under another name and title."""
    for first, sobject, more in ((0, "Contact", {}), (1, "Lead", {"Company": "Before"})):
        stage.sandbox.org.insert(sobject, [
            {"Email": address(number), "FirstName": "Old", "LastName": f"Name{number}", "Title": "Then", **more}
            for number in range(first, registrants, 3)
        ])  # fmt: skip


@pytest.mark.parametrize(("registrants", "calls"), [(200, 6), (2_000, 8)])
def test_new_registrants_cost_few_calls(fed, registrants, calls):
    fed.session(registrants)
    report = fed.run()
    assert report["verdict"] == "ok"
    assert written(fed) == made(registrants)
    assert cost(fed, describes=DESCRIBES) == calls
    assert report["calls"]["salesforce"] == fed.sandbox.calls.count(service="salesforce")


def test_ten_thousand_new_ones_cost_two_bulk_jobs_and_nothing_the_second_time(fed):
    fed.session(10_000)
    fed.run()
    assert written(fed) == made(10_000)
    assert cost(fed, describes=DESCRIBES) == 16  # target 24

    fed.run(manual=True)
    assert cost(fed) == 1  # target 3
    assert fed.sandbox.org.writes.count() == 0


@pytest.mark.parametrize(("registrants", "calls"), [(300, 6), (2_000, 9)])
def test_registrants_of_whom_two_thirds_are_known_cost_few_calls(fed, registrants, calls):
    fed.session(registrants)
    acquainted(fed, registrants)
    fed.run()
    contacts, leads, new = (len(range(first, registrants, 3)) for first in range(3))
    assert written(fed) == made(registrants) | {
        "Contact.update": contacts, "Lead.update": leads, "Lead.create": new,
    }  # fmt: skip
    assert cost(fed, describes=DESCRIBES) == calls


def test_ten_thousand_of_whom_two_thirds_are_known_and_then_fifty_changed_ones(fed):
    session = fed.session(10_000)
    acquainted(fed, 10_000)
    fed.run()
    assert written(fed) == made(10_000) | {"Contact.update": 3_334, "Lead.update": 3_333, "Lead.create": 3_333}
    assert cost(fed, describes=DESCRIBES) == 24  # target 24
    kinds = fed.sandbox.calls.tally()["salesforce"]
    assert {kind: count for kind, count in kinds.items() if kind not in POLLS} == {
        "token": 1, "composite.describe": DESCRIBES, "collections.upsert": 1,
        "composite": 3 + 1,  # 12 look-ups, then statuses
        "bulk.create": 4, "bulk.upload": 4, "bulk.state": 4, "bulk.results": 2,
    }  # fmt: skip

    for number in range(50):
        fed.sandbox.livestorm.edit_registration(session, address(number), first_name="Grace")
    fed.run(manual=True)
    assert cost(fed) == 3  # target 7
    assert written(fed) == {"Contact.update": 17, "Lead.update": 33}
    people = fed.sandbox.org.rows("Contact") + fed.sandbox.org.rows("Lead")
    graces = {row["Email"]: row["Id"] for row in people if row["FirstName"] == "Grace"}
    assert graces.keys() == {address(number) for number in range(50)}
    assert {write.id for write in fed.sandbox.org.writes.list()} == set(graces.values())


def test_many_unchanged_sessions_cost_one_look_at_their_campaigns(fed):
    for number in range(60):
        fed.session(5, first=number * 5, title=f"Tour {number}")
    fed.run()
    assert written(fed) == made(300, campaigns=60)
    fed.run(manual=True)
    assert cost(fed) == 1  # target 5 for 1,000 sessions with 100 registrants each: `make bench`
    assert fed.sandbox.org.writes.count() == 0


def test_a_token_of_another_sandbox_on_the_same_port_is_not_tried(fed, tmp_path):
    fed.session(1)
    fed.run()
    assert len(list(tmp_path.rglob("*.token"))) == 1
