"""Salesforce calls of whole runs, login included, describes cached: the figures of docs/benchmarks.md, held here.

Bulk jobs done at the first poll: each further poll is a call on top and depends on the day.
"""

from __future__ import annotations

import pytest

from benchmarks.stage import Stage, address

DESCRIBES = 5


def created(report: dict) -> dict[str, int]:
    return {name: counts["created"] for name, counts in report["objects"].items() if counts["created"]}


def updated(report: dict) -> dict[str, int]:
    return {name: counts["updated"] for name, counts in report["objects"].items() if counts["updated"]}


def cost(stage: Stage) -> int:
    """Calls of the last run without describes, which are made once a day."""
    return stage.counted("salesforce") - len(stage.sandbox.calls.list(service="salesforce", kind="describe"))


@pytest.mark.parametrize(("registrants", "most"), [(200, 6), (2_000, 8)])
def test_new_registrants_cost_few_calls(fed, registrants, most):
    fed.session(registrants)
    report = fed.run()
    assert report["verdict"] == "ok"
    assert created(report) == {
        "Campaign": 1, "CampaignMemberStatus": 3, "Lead": registrants, "CampaignMember": registrants,
    }  # fmt: skip
    assert cost(fed) == most
    assert report["calls"]["salesforce"] == len(fed.sandbox.calls.list(service="salesforce"))


def test_ten_thousand_new_ones_cost_two_bulk_jobs_and_nothing_the_second_time(fed):
    fed.session(10_000)
    report = fed.run()
    assert created(report)["Lead"] == created(report)["CampaignMember"] == 10_000
    assert cost(fed) <= 17  # target 24

    report = fed.run(by_hand=True)
    assert cost(fed) <= 2  # target 3
    assert created(report) == updated(report) == {}
    assert not fed.sandbox.calls.list(service="salesforce", kind="collections")


def test_fifty_changed_of_ten_thousand_cost_few_calls_and_fifty_writes(fed):
    session = fed.session(10_000)
    fed.run()
    for number in range(50):
        fed.sandbox.livestorm.edit_registration(session, address(number), first_name="Grace")
    report = fed.run(by_hand=True)
    assert updated(report) == {"Lead": 50} and created(report) == {}
    assert cost(fed) <= 7
    assert sum(row["FirstName"] == "Grace" for row in fed.sandbox.org.rows("Lead")) == 50


def test_many_unchanged_sessions_cost_one_look_at_their_campaigns(fed):
    for number in range(60):
        fed.session(5, first=number * 5, title=f"Tour {number}")
    report = fed.run()
    assert created(report)["Campaign"] == 60 and created(report)["Lead"] == 300
    report = fed.run(by_hand=True)
    assert cost(fed) <= 2  # target 5 for 1,000 sessions with 100 registrants each: `make bench`
    assert created(report) == updated(report) == {}
