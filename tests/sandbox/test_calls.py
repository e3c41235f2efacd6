"""The call log: call types, costs, and no e-mail addresses."""

from __future__ import annotations

import pytest
import requests

from service_sandbox import Sandbox
from service_sandbox.control.calls import CallLog
from tests.sandbox.conftest import Client


def test_calls_are_counted_by_service_call_type_and_method(client: Client, sandbox: Sandbox) -> None:
    client.get("/ping")
    client.get("/sessions")
    client.get("/sessions/none")
    client.post("/events", "events", title="New")
    calls = sandbox.calls
    assert calls.tally() == {"livestorm": {"ping": 1, "sessions.list": 1, "sessions.get": 1, "events.create": 1}}
    assert calls.count(call_type="sessions") == 2
    assert calls.count(method="post", service="livestorm") == 1
    assert calls.count(service="salesforce") == 0
    assert [call.status for call in calls.list()] == [200, 200, 404, 201]
    calls.reset()
    assert calls.list() == []


@pytest.mark.parametrize("service", [None, "livestorm", "salesforce"])
def test_an_unknown_call_type_is_rejected_in_filters_and_faults(sandbox: Sandbox, service: str | None) -> None:
    with pytest.raises(ValueError, match=r"unknown call type 'session\.people'; known are"):
        sandbox.calls.count(service=service, call_type="session.people")
    with pytest.raises(ValueError, match=r"unknown call type 'session\.people'"):
        sandbox.faults.add("error", service=service or "livestorm", call_type="session.people")


def test_every_logged_call_has_a_known_call_type(client: Client, sandbox: Sandbox) -> None:
    client.get("/ping")
    client.get("/nonsense")
    for path in ("/services/data", "/services/data/v67.0/limits", "/services/data/v67.0/nonsense"):
        requests.get(f"{sandbox.salesforce_url}{path}", verify=sandbox.ca_bundle, timeout=30)
    assert {call.call_type for call in sandbox.calls.list()} == {"ping", "unknown", "versions", "limits"}
    for call in sandbox.calls.list():
        assert sandbox.calls.count(service=call.service, call_type=call.call_type) > 0


def test_endpoints_report_records_and_cost(client: Client, sandbox: Sandbox) -> None:
    for number in range(3):
        sandbox.livestorm.add_event(f"Event {number}")
    client.get("/events")
    form = {"grant_type": "client_credentials", "client_id": sandbox.consumer_key,
            "client_secret": sandbox.consumer_secret}  # fmt: skip
    requests.post(f"{sandbox.salesforce_url}/services/oauth2/token", form, verify=sandbox.ca_bundle, timeout=30)
    events, token = sandbox.calls.list()
    assert (events.records, events.cost) == (3, 1)
    assert (token.service, token.call_type, token.cost) == ("salesforce", "token", 0)
    assert sandbox.calls.cost() == 1


def test_the_log_contains_no_e_mail_addresses(client: Client, sandbox: Sandbox) -> None:
    log = CallLog()
    for path in ("/sobjects/Lead/Email/anna@acme.example", "/sobjects/Lead/Email/anna%40acme.example/x"):
        log.record(path=path, time=0, service="salesforce", method="GET", call_type="record", status=200)
    assert [call.path for call in log.list()] == [
        "/sobjects/Lead/Email/{address}", "/sobjects/Lead/Email/{address}/x"]  # fmt: skip
    client.get("/people", email="anna@acme.example")
    assert "acme" not in str(sandbox.calls.list())
