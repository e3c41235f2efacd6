"""Every call is logged with its kind and cost, and without anybody's address."""

from __future__ import annotations

import pytest
import requests

from service_sandbox import Sandbox
from service_sandbox.calls import CallLog
from tests.sandbox.conftest import Client


def test_calls_are_counted_by_service_kind_and_method(client: Client, sandbox: Sandbox) -> None:
    client.get("/ping")
    client.get("/sessions")
    client.get("/sessions/none")
    client.post("/events", "events", title="New")
    calls = sandbox.calls
    assert calls.tally() == {"livestorm": {"ping": 1, "sessions.list": 1, "sessions.get": 1, "events.create": 1}}
    assert calls.count(kind="sessions") == 2
    assert calls.count(method="post", service="livestorm") == 1
    assert calls.count(service="salesforce") == 0
    assert [call.status for call in calls.list()] == [200, 200, 404, 201]
    calls.reset()
    assert calls.list() == []


@pytest.mark.parametrize("service", [None, "livestorm", "salesforce"])
def test_a_kind_that_the_services_lack_is_no_filter(sandbox: Sandbox, service: str | None) -> None:
    with pytest.raises(ValueError, match=r"no call is of kind 'session\.people'; there are"):
        sandbox.calls.count(service=service, kind="session.people")
    with pytest.raises(ValueError, match=r"no call is of kind 'session\.people'"):
        sandbox.faults.add("error", service=service or "livestorm", kind="session.people", status=500)


def test_every_call_is_of_a_kind_that_the_services_know(client: Client, sandbox: Sandbox) -> None:
    client.get("/ping")
    client.get("/nonsense")
    for path in ("/services/data", "/services/data/v67.0/limits", "/services/data/v67.0/nonsense"):
        requests.get(f"{sandbox.salesforce_url}{path}", verify=sandbox.ca_bundle, timeout=30)
    for call in sandbox.calls.list():
        assert sandbox.calls.count(service=call.service, kind=call.kind) > 0
    assert {call.kind for call in sandbox.calls.list()} == {"ping", "unknown", "versions", "limits"}


def test_records_and_cost_are_told_by_the_endpoint(client: Client, sandbox: Sandbox) -> None:
    for number in range(3):
        sandbox.livestorm.add_event(f"Event {number}")
    client.get("/events")
    form = {"grant_type": "client_credentials", "client_id": sandbox.consumer_key,
            "client_secret": sandbox.consumer_secret}  # fmt: skip
    requests.post(f"{sandbox.salesforce_url}/services/oauth2/token", form, verify=sandbox.ca_bundle, timeout=30)
    events, token = sandbox.calls.list()
    assert (events.records, events.cost) == (3, 1)
    assert (token.service, token.kind, token.cost) == ("salesforce", "token", 0)
    assert sandbox.calls.cost() == 1


def test_addresses_in_paths_are_masked() -> None:
    log = CallLog()
    for path in ("/sobjects/Lead/Email/anna@acme.example", "/sobjects/Lead/Email/anna%40acme.example/x"):
        log.record(path=path, time=0, service="salesforce", method="GET", kind="record", status=200)
    assert [call.path for call in log.list()] == [
        "/sobjects/Lead/Email/{address}", "/sobjects/Lead/Email/{address}/x"]  # fmt: skip


def test_filters_with_addresses_never_reach_the_log(client: Client, sandbox: Sandbox) -> None:
    client.get("/people", email="anna@acme.example")
    assert "acme" not in str(sandbox.calls.list())


def test_the_admin_door_is_no_call(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.admin_url}/health", timeout=30).json()["status"] == "ok"
    assert sandbox.calls.list() == []
