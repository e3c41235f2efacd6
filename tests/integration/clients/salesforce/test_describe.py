"""Objects are described with one call, or one by one where composite requests are not admitted."""

from __future__ import annotations

import pytest

from livestorm_salesforce.errors import ConfigError, QuotaExhausted, TransientError
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer

OBJECTS = ("Campaign", "CampaignMemberStatus", "CampaignMember", "Lead", "Contact")


def description(name: str) -> dict:
    return {"name": name, "fields": []}


def alone(asked) -> Answer:
    """The response to a single describe."""
    return Answer(description(asked.path.split("/")[-2]))


def test_all_objects_cost_one_call(sandbox):
    client = sandbox.client()
    described = client.describe_all(OBJECTS)
    assert sandbox.calls == ["token", "composite"]
    assert described == {name: client.find_object(name) for name in OBJECTS}


def test_a_hidden_object_is_described_alone_and_named(sandbox):
    with pytest.raises(ConfigError, match="does not know Nope__c"):
        sandbox.client().describe_all(["Lead", "Nope__c"])
    assert sandbox.calls == ["token", "composite", "describe"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 500])
def test_a_gateway_that_admits_no_composite_request_costs_one_call_per_object(salesforce, status):
    page = Answer(b"<html>canary</html>", status)
    client, server, _ = salesforce(lambda asked: page if asked.path.endswith("/composite") else alone(asked))
    assert client.describe_all(OBJECTS) == {name: description(name) for name in OBJECTS}
    assert sum(path.endswith("/describe") for path in server.paths()) == len(OBJECTS)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"compositeResponse": None},
        {"compositeResponse": [None, {"httpStatusCode": 200, "referenceId": "Lead", "body": {}}]},
        {"compositeResponse": [{"httpStatusCode": 404, "referenceId": "Lead", "body": [{"errorCode": "NOT_FOUND"}]}]},
        {"compositeResponse": [{"httpStatusCode": 200, "referenceId": "Nobody", "body": {"fields": []}}]},
    ],
)
def test_objects_missing_in_the_composite_response_are_described_alone(salesforce, body):
    client, _, _ = salesforce(lambda asked: Answer(body) if asked.path.endswith("/composite") else alone(asked))
    assert client.describe_all(["Lead"]) == {"Lead": description("Lead")}


def test_subrequests_have_the_url_of_the_version(salesforce):
    sent = []

    def respond(asked):
        sent.append(asked.json)
        parts = sent[-1]["compositeRequest"]
        return Answer({"compositeResponse": [
            {"httpStatusCode": 200, "referenceId": part["referenceId"], "body": description(part["referenceId"])}
            for part in parts
        ]})  # fmt: skip

    client, _, _ = salesforce(respond)
    assert list(client.describe_all(["Lead", "Contact"])) == ["Lead", "Contact"]
    assert [part["url"] for part in sent[0]["compositeRequest"]] == [
        f"/services/data/v67.0/sobjects/{name}/describe" for name in ("Lead", "Contact")
    ]


def test_a_used_up_allowance_is_an_error_after_one_call(salesforce):
    limit = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    client, server, _ = salesforce(lambda asked: Answer(limit, 403, {"Sforce-Limit-Info": "api-usage=100/100"}))
    with pytest.raises(QuotaExhausted, match="daily API calls are used up"):
        client.describe_all(OBJECTS)
    assert len(server.asked) == 2  # the login, and one call


def test_a_rejected_login_is_not_retried(salesforce):
    client, server, _ = salesforce(
        lambda asked: Answer({}), login=lambda asked: Answer({"error": "invalid_client"}, 400)
    )
    with pytest.raises(ConfigError, match="refused the login"):
        client.describe_all(OBJECTS)
    assert len(server.asked) == 2  # key and secret as Basic authentication, then as form fields


def test_an_org_that_is_down_is_a_transient_error(salesforce):
    client, _, _ = salesforce(lambda asked: Answer(b"canary", 503))
    with pytest.raises(TransientError) as caught:
        client.describe_all(OBJECTS)
    assert_no_canary(caught.value)
