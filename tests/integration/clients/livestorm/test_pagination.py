"""Pagination: every row once, although lists change during reading."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from livestorm_salesforce.errors import ContractError, SessionGone
from tests.integration.clients.livestorm.workspace import Workspace, page, person, refusal
from tests.integration.clients.scripted import Answer


def ids(reader) -> list[str]:
    return [row["id"] for one in reader for row in one.data]


def test_all_pages_are_read_once_and_none_past_the_end(livestorm):
    client, server, _ = livestorm(Workspace(132))
    reader = client.people_pages("s1")
    assert ids(reader) == [f"person-{number}" for number in range(132)]
    assert reader.is_complete and reader.record_count == reader.rows == 132
    assert sorted(asked.query["page[number]"] for asked in server.asked) == ["0", "1", "2"]
    assert {asked.query["page[size]"] for asked in server.asked} == {"50"}
    assert client.calls == 3


def test_a_full_read_costs_one_call_per_fifty_rows(livestorm):
    client, _, _ = livestorm(Workspace(1000))
    assert len(ids(client.people_pages("s1"))) == 1000
    assert client.calls == 20


def test_an_empty_list_is_complete(livestorm):
    client, _, _ = livestorm(Workspace(0))
    reader = client.people_pages("s1")
    assert ids(reader) == [] and reader.is_complete
    assert client.calls == 1


@pytest.mark.parametrize(
    ("rows", "unnumbered", "expected"),
    [
        ([], 200, None),
        ([person(1)], 200, "HTTP 400 to the first page of /sessions"),
        ([], 400, "HTTP 400 to GET /sessions"),
    ],
    ids=["empty", "not empty", "refused whatever the page"],
)
def test_a_rejected_first_page_is_an_empty_list_only_if_the_list_has_no_rows(livestorm, rows, unnumbered, expected):
    """A page that does not exist is answered with HTTP 400, and an empty list may have no first page."""

    def respond(asked):
        numbered = "page[number]" in asked.query
        return refusal(400) if numbered or unnumbered == 400 else page(rows, 0, 50)

    client, server, _ = livestorm(respond)
    if expected:
        with pytest.raises(ContractError, match=re.escape(expected)):
            client.list_sessions()
    else:
        assert client.list_sessions() == []
    assert len(server.asked) == 2


def test_a_full_last_page_is_the_last_request(livestorm):
    client, _, _ = livestorm(Workspace(100))
    assert len(ids(client.people_pages("s1"))) == 100
    assert client.calls == 2


def test_only_the_secrets_of_a_registration_are_removed(livestorm):
    client, _, _ = livestorm(Workspace(1))
    (row,) = next(iter(client.people_pages("s1"))).data
    expected = person(0)
    del expected["attributes"]["registrant_detail"]["connection_link"]
    del expected["attributes"]["registrant_detail"]["password_key"]
    assert row == expected


def test_secrets_are_removed_from_included_people(livestorm):
    answer = page([], 0, 50)
    answer.body["included"] = [person(1)]
    client, _, _ = livestorm(lambda asked: answer)
    (included,) = client.list_events(include=["people"]).included
    assert included["attributes"]["registrant_detail"] == {"attended": False}


def test_a_row_inserted_between_two_pages_is_read_once(livestorm):
    workspace = Workspace(100)

    def insert_once(number: int) -> None:
        if number == 1 and len(workspace.rows) == 100:
            workspace.rows.insert(0, person(999))

    workspace.before_page = insert_once
    client, _, _ = livestorm(workspace, threads=1)
    reader = client.people_pages("s1")
    read = ids(reader)
    assert len(read) == len(set(read)) == 101 and "person-999" in read
    assert reader.is_complete


def test_a_row_removed_between_two_pages_hides_no_other(livestorm):
    workspace = Workspace(120)

    def remove_once(number: int) -> None:
        if number == 1 and len(workspace.rows) == 120:
            del workspace.rows[0]

    workspace.before_page = remove_once
    client, _, _ = livestorm(workspace, threads=1)
    reader = client.people_pages("s1")
    assert set(ids(reader)) >= {f"person-{number}" for number in range(1, 120)}
    assert reader.is_complete and reader.record_count == 119


def test_a_list_that_shrinks_below_the_announced_pages_ends_without_an_error(livestorm):
    workspace = Workspace(101)

    def shrink(number: int) -> None:
        if number == 1:
            del workspace.rows[50:]

    workspace.before_page = shrink
    client, _, _ = livestorm(workspace, threads=1)
    reader = client.people_pages("s1")
    assert set(ids(reader)) >= {f"person-{number}" for number in range(50)}
    assert reader.is_complete


def test_pages_added_during_reading_are_read(livestorm):
    workspace = Workspace(100)

    def grow(number: int) -> None:
        if number == 1 and len(workspace.rows) == 100:
            workspace.rows += [person(number) for number in range(100, 160)]

    workspace.before_page = grow
    client, _, _ = livestorm(workspace, threads=1)
    reader = client.people_pages("s1")
    assert len(ids(reader)) == 160 and reader.is_complete


def test_a_list_that_keeps_changing_is_read_twice_and_is_incomplete(livestorm):
    workspace = Workspace(60)
    fresh = iter(range(1000, 2000))
    workspace.before_page = lambda number: workspace.rows.insert(0, person(next(fresh)))
    client, server, _ = livestorm(workspace, threads=1)
    reader = client.people_pages("s1")
    read = ids(reader)
    assert reader.is_complete is False and len(read) == len(set(read))
    assert len(server.asked) == 4


def test_a_short_page_is_not_the_end(livestorm):
    def respond(asked):
        number = int(asked.query["page[number]"])
        answer = Workspace(150)(asked)
        if number == 0 and len(server.asked) == 1:
            answer.body["data"] = answer.body["data"][:10]
        return answer

    client, server, _ = livestorm(respond, threads=1)
    reader = client.people_pages("s1")
    assert len(ids(reader)) == 150 and reader.is_complete


def test_parallel_pages_keep_their_order(livestorm):
    workspace = Workspace(500)

    def respond(asked):
        answer = workspace(asked)
        answer.delay = 0.03 if int(asked.query["page[number]"]) % 2 else 0
        return answer

    client, _, _ = livestorm(respond, threads=4)
    assert ids(client.people_pages("s1")) == [f"person-{number}" for number in range(500)]


def test_an_abandoned_read_sends_no_more_requests(livestorm):
    client, server, _ = livestorm(Workspace(5000))
    next(iter(client.people_pages("s1")))
    assert len(server.asked) < 20


def test_a_session_deleted_since_it_was_listed_is_gone(livestorm):
    client, _, _ = livestorm(lambda asked: refusal(404))
    with pytest.raises(SessionGone, match="s1"):
        list(client.people_pages("s1"))


def test_deleted_resources_are_none(livestorm):
    client, _, _ = livestorm(lambda asked: refusal(404))
    assert client.get_session("s1") is None
    assert client.get_event("e1").data == []


def test_filters_use_epoch_seconds_and_the_names_of_the_api(livestorm):
    client, server, _ = livestorm(Workspace(0))
    client.list_sessions(status="upcoming", date_from=datetime(2026, 11, 23, tzinfo=UTC), include_breakout_rooms=True)
    list(client.people_pages("s/1", updated_since=1792900000.7))
    first, second = server.asked
    assert first.query["filter[status]"] == "upcoming"
    assert first.query["filter[date_from]"] == "1795392000"
    assert first.query["filter[include_breakout_rooms]"] == "true"
    assert second.query["filter[updated_since]"] == "1792900000"


def test_a_date_without_a_time_zone_is_an_error_before_the_call(livestorm):
    client, server, _ = livestorm(Workspace(0))
    with pytest.raises(ValueError, match="time zone"):
        client.list_sessions(date_from=datetime(2026, 11, 23))
    assert not server.asked


@pytest.mark.parametrize(
    "document",
    [
        ["text"],
        {"data": []},
        {"data": {}, "meta": {}},
        {"data": [], "meta": {"next_page": 0}},
    ],
    ids=["array", "no meta", "data is no list", "pages in a circle"],
)
def test_an_unexpected_format_is_a_contract_error(livestorm, document):
    client, _, _ = livestorm(lambda asked: Answer(document))
    with pytest.raises(ContractError):
        client.list_sessions()


def test_included_resources_are_returned_once(livestorm):
    rows = Workspace(60)

    def respond(asked):
        answer = rows(asked)
        answer.body["included"] = [{"id": "tag-1", "type": "tags", "attributes": {"name": "x"}}]
        return answer

    client, server, _ = livestorm(respond)
    listing = client.list_events(include=["sessions", "tags"])
    assert len(listing.data) == 60 and len(listing.included) == 1
    assert server.asked[0].query["include"] == "sessions,tags"
