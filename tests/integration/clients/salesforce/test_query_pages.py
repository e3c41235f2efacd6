"""Pagination of queries."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Query
from livestorm_salesforce.errors import TransientError
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer, in_turn

READ = Query("Lead", ["Id"])


def test_all_pages_are_read(salesforce):
    more = "/services/data/v67.0/query/01g"
    pages = {
        "query": {"totalSize": 3, "done": False, "nextRecordsUrl": f"{more}-2", "records": [{"Id": "1"}]},
        "01g-2": {"totalSize": 3, "done": False, "nextRecordsUrl": f"{more}-3", "records": [{"Id": "2"}]},
        "01g-3": {"totalSize": 3, "done": True, "records": [{"Id": "3", "attributes": {"type": "Lead"}}]},
    }  # fmt: skip
    client, _, _ = salesforce(lambda asked: Answer(pages[asked.path.rsplit("/", 1)[1]]))
    assert client.query(READ) == [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}]


@pytest.mark.parametrize(
    ("code", "status"), [("INVALID_QUERY_LOCATOR", 400), ("INVALID_QUERY_LOCATOR", 404), ("QUERY_TIMEOUT", 400)]
)
def test_after_an_expired_cursor_the_query_is_repeated(salesforce, code, status):
    dead = "/services/data/v67.0/query/01g-2"
    first = Answer({"totalSize": 2, "done": False, "nextRecordsUrl": dead, "records": [{"Id": "1"}]})
    gone = Answer([{"errorCode": code, "message": "canary"}], status)
    whole = Answer({"totalSize": 2, "done": True, "records": [{"Id": "1"}, {"Id": "2"}]})
    client, server, _ = salesforce(in_turn(first, gone, whole))
    assert client.query(READ) == [{"Id": "1"}, {"Id": "2"}]
    assert [path.rsplit("/", 1)[1] for path in server.paths()] == ["token", "query", "01g-2", "query"]


def test_a_cursor_that_always_expires_is_a_transient_error(salesforce):
    def respond(asked):
        if asked.path.endswith("/query"):
            more = "/services/data/v67.0/query/01g-2"
            return Answer({"totalSize": 2, "done": False, "nextRecordsUrl": more, "records": [{"Id": "1"}]})
        return Answer([{"errorCode": "INVALID_QUERY_LOCATOR", "message": "canary"}], 400)

    client, server, _ = salesforce(respond)
    with pytest.raises(TransientError) as caught:
        client.query(READ)
    assert len(server.asked) == 11
    assert_no_canary(caught.value)


@pytest.mark.parametrize("sent", [0, 1])
def test_a_wrong_number_of_records_is_retried_and_then_a_transient_error(salesforce, sent):
    """An empty page that is accepted as complete would create all people again."""
    client, server, _ = salesforce(
        lambda asked: Answer({"totalSize": 3, "done": True, "records": [{"Id": "1"}] * sent})
    )
    with pytest.raises(TransientError, match=f"announced 3 records and returned {sent}"):
        client.query(READ)
    assert len(server.asked) == 6
