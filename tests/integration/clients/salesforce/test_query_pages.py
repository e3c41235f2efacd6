"""Pages of a query: all of them, or the query is asked again."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.salesforce import Query
from livestorm_salesforce.errors import TransientError
from tests.integration.clients.salesforce.canary import assert_no_canary
from tests.integration.clients.scripted import Answer, in_turn

READ = Query("Lead", ["Id"])


def test_later_pages_are_followed_to_the_end(salesforce):
    more = "/services/data/v67.0/query/01g"
    pages = {
        "query": {"totalSize": 3, "done": False, "nextRecordsUrl": f"{more}-2", "records": [{"Id": 1}]},
        "01g-2": {"totalSize": 3, "done": False, "nextRecordsUrl": f"{more}-3", "records": [{"Id": 2}]},
        "01g-3": {"totalSize": 3, "done": True, "records": [{"Id": 3, "attributes": {"type": "Lead"}}]},
    }  # fmt: skip
    client, _, _ = salesforce(lambda asked: Answer(pages[asked.path.rsplit("/", 1)[1]]))
    assert client.query(READ) == [{"Id": 1}, {"Id": 2}, {"Id": 3}]


@pytest.mark.parametrize(
    ("code", "status"), [("INVALID_QUERY_LOCATOR", 400), ("INVALID_QUERY_LOCATOR", 404), ("QUERY_TIMEOUT", 400)]
)
def test_a_dead_cursor_is_not_asked_again_but_the_query_is(salesforce, code, status):
    dead = "/services/data/v67.0/query/01g-2"
    first = Answer({"totalSize": 2, "done": False, "nextRecordsUrl": dead, "records": [{"Id": 1}]})
    gone = Answer([{"errorCode": code, "message": "canary"}], status)
    whole = Answer({"totalSize": 2, "done": True, "records": [{"Id": 1}, {"Id": 2}]})
    client, server, _ = salesforce(in_turn(first, gone, whole))
    assert client.query(READ) == [{"Id": 1}, {"Id": 2}]
    assert [path.rsplit("/", 1)[1] for path in server.paths()] == ["token", "query", "01g-2", "query"]


def test_a_cursor_that_dies_every_time_is_given_up_as_transient(salesforce):
    def respond(asked):
        if asked.path.endswith("/query"):
            more = "/services/data/v67.0/query/01g-2"
            return Answer({"totalSize": 2, "done": False, "nextRecordsUrl": more, "records": [{"Id": 1}]})
        return Answer([{"errorCode": "INVALID_QUERY_LOCATOR", "message": "canary"}], 400)

    client, server, _ = salesforce(respond)
    with pytest.raises(TransientError) as caught:
        client.query(READ)
    assert len(server.asked) == 11
    assert_no_canary(caught.value)


@pytest.mark.parametrize("sent", [0, 1])
def test_pages_that_do_not_add_up_are_read_again_and_then_given_up(salesforce, sent):
    """An empty page taken for the truth would make everybody anew."""
    client, server, _ = salesforce(lambda asked: Answer({"totalSize": 3, "done": True, "records": [{"Id": 1}] * sent}))
    with pytest.raises(TransientError, match=f"announced 3 records and returned {sent}"):
        client.query(READ)
    assert len(server.asked) == 6
