"""Reads of several calls run in parallel; writes are sequential."""

from __future__ import annotations

import threading

import pytest

from livestorm_salesforce.clients.salesforce import Create, Query, soql
from livestorm_salesforce.errors import TransientError
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer, Asked

#: Fifteen statements: three calls, for a composite request takes five.
READS = [Query("Lead", ["Id"], [soql.in_list("Email", [f"n{number}"])]) for number in range(15)]
REFUSED = Answer([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}], 401)


def found(asked: Asked) -> Answer:
    """Each statement finds one record, with the address as its Id."""
    parts = asked.json["compositeRequest"]
    return Answer({"compositeResponse": [
        {"referenceId": part["referenceId"], "httpStatusCode": 200, "httpHeaders": {}, "body": {
            "totalSize": 1, "done": True, "records": [{"Id": part["url"].rsplit("%27", 2)[1]}],
        }} for part in parts
    ]})  # fmt: skip


def test_three_calls_run_in_parallel_and_results_keep_their_order(salesforce):
    together = threading.Barrier(3, timeout=20)

    def respond(asked: Asked) -> Answer:
        together.wait()
        return found(asked)

    client, server, _ = salesforce(respond)
    assert client.execute(READS) == [[{"Id": f"n{number}"}] for number in range(15)]
    assert len(server.asked) == 1 + 3


def test_a_session_that_expires_during_parallel_reads_costs_one_login(salesforce):
    together, refused = threading.Barrier(3, timeout=20), []

    def respond(asked: Asked) -> Answer:
        if len(refused) == 3:
            return found(asked)
        refused.append(asked)
        together.wait()
        return REFUSED

    def login(asked: Asked) -> Answer:
        return Answer({"access_token": f"token-{len(refused)}", "instance_url": "https://x", "token_type": "Bearer"})

    client, server, _ = salesforce(respond, login)
    assert len(client.execute(READS)) == 15
    assert [path.rsplit("/", 1)[1] for path in server.paths()].count("token") == 2


def test_one_failed_call_fails_the_parallel_read(salesforce):
    def respond(asked: Asked) -> Answer:
        return Answer(b"canary", 503) if b"n7" in asked.body else found(asked)

    client, _, _ = salesforce(respond)
    with pytest.raises(TransientError) as caught:
        client.execute(READS)
    assert_no_canary(caught.value)


def test_calls_of_a_list_with_a_write_are_sequential(salesforce):
    under_way, most = [], []

    def respond(asked: Asked) -> Answer:
        under_way.append(asked)
        most.append(len(under_way))
        parts = asked.json.get("compositeRequest")
        answer = found(asked) if parts and "body" not in parts[-1] else Answer([{"id": "00Q", "success": True}])
        under_way.remove(asked)
        return answer

    client, server, _ = salesforce(respond)
    client.execute([*READS, Create("Lead", [{"LastName": "last"}] * 1)])
    assert set(most) == {1}
    assert b"last" in server.asked[-1].body
