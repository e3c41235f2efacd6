"""Concurrent writers and records that cannot be locked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.org.locks import Locks
from tests.sandbox.salesforce.conftest import Api


@pytest.fixture
def leads(org: Org) -> list[str]:
    return org.insert("Lead", [{"LastName": f"L{n}", "Company": "B"} for n in range(20)])


def members(api: Api, campaign: str, people: list[str]) -> Any:
    rows = [{"attributes": {"type": "CampaignMember"}, "CampaignId": campaign, "LeadId": one} for one in people]
    return api.http.post(f"{api.base}/composite/sobjects", json={"records": rows}, timeout=30).json()


def at_once(*calls: Any) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(*call) for call in calls]]


def error_codes(results: list[Any]) -> list[str]:
    return [one["errors"][0]["statusCode"] for result in results for one in result if not one["success"]]


def test_a_writer_fails_if_another_holds_the_campaign_too_long(api: Api, campaign: str, leads: list[str]) -> None:
    api.org.seconds_per_record, api.org.locks.wait_seconds = 0.05, 0.05
    results = at_once((members, api, campaign, leads[:10]), (members, api, campaign, leads[10:]))
    assert error_codes(results) == ["UNABLE_TO_LOCK_ROW"] * 10
    rejected = next(one for result in results for one in result if not one["success"])["errors"][0]
    assert rejected["message"].startswith("unable to obtain exclusive access to this record or 1 records: 701")
    assert len(api.org.rows("CampaignMember")) == 10


def test_a_writer_waits_for_another(api: Api, campaign: str, leads: list[str]) -> None:
    api.org.seconds_per_record = 0.02
    results = at_once((members, api, campaign, leads[:10]), (members, api, campaign, leads[10:]))
    assert error_codes(results) == []
    assert len(api.org.rows("CampaignMember")) == 20


def test_writers_to_different_campaigns_do_not_conflict(api: Api, campaign: str, leads: list[str]) -> None:
    api.org.seconds_per_record, api.org.locks.wait_seconds = 0.05, 0.01
    other = api.org.insert("Campaign", [{"Name": "Other"}])[0]
    assert error_codes(at_once((members, api, campaign, leads[:10]), (members, api, other, leads[10:]))) == []


def test_one_person_in_two_campaigns_is_a_conflict(api: Api, campaign: str, leads: list[str]) -> None:
    api.org.seconds_per_record, api.org.locks.wait_seconds = 0.1, 0.05
    other = api.org.insert("Campaign", [{"Name": "Other"}])[0]
    results = at_once((members, api, campaign, leads[:3]), (members, api, other, leads[2:5]))
    assert error_codes(results) == ["UNABLE_TO_LOCK_ROW"]


def test_the_next_writes_are_rejected_on_request(api: Api, campaign: str, leads: list[str]) -> None:
    api.org.reject_next_writes(2)
    assert [one["success"] for one in members(api, campaign, leads[:3])] == [False, False, True]
    assert [one["success"] for one in members(api, campaign, leads[:3])] == [True, True, False]


def test_requested_rejections_are_cancelled(api: Api, campaign: str, leads: list[str]) -> None:
    api.org.reject_next_writes(2)
    api.org.clear_rejections()
    assert [one["success"] for one in members(api, campaign, leads[:3])] == [True] * 3


def test_writes_are_rejected_with_any_code(api: Api) -> None:
    api.org.reject_next_writes(1, code="CANNOT_EXECUTE_FLOW_TRIGGER")
    answer = api.post("/sobjects/Lead", {"LastName": "A", "Company": "B"})
    assert answer.json()[0]["errorCode"] == "CANNOT_EXECUTE_FLOW_TRIGGER"


def test_locks_are_acquired_in_order_of_arrival() -> None:
    """Otherwise a job that writes batch after batch could block a waiting writer permanently."""
    locks, order = Locks(), []
    started = threading.Event()

    def hold(name: str) -> None:
        with locks.hold(["701"]):
            order.append(name)

    with ThreadPoolExecutor(2) as pool:
        with locks.hold(["701"]):
            first = pool.submit(hold, "waited")
            while not locks.waiting:
                started.wait(0.001)
        second = pool.submit(hold, "arrived later")
        first.result()
        second.result()
    assert order == ["waited", "arrived later"]
