"""Livestorm lists whose counts, page numbers or rows are missing, inconsistent or malformed."""

from __future__ import annotations

import pytest

from livestorm_salesforce.clients.livestorm.resources import parse_page
from livestorm_salesforce.errors import ContractError
from tests.integration.clients.livestorm.workspace import Workspace, person, refusal
from tests.integration.clients.scripted import Answer


def ids(reader) -> list[str]:
    return [row["id"] for one in reader for row in one.data]


def without(*names: str):
    """Removes these members from the `meta` of a page."""

    def answer(given: Answer) -> Answer:
        for name in names:
            given.body["meta"].pop(name, None)
        return given

    return answer


@pytest.mark.parametrize(("rows", "calls"), [(0, 1), (50, 1), (120, 6)])
def test_a_list_without_a_count_is_complete_if_two_readings_agree(livestorm, rows, calls):
    workspace, cut = Workspace(rows), without("record_count", "page_count")
    client, server, _ = livestorm(lambda asked: cut(workspace(asked)), threads=1)
    reader = client.people_pages("s1")
    assert len(ids(reader)) == rows and reader.is_complete
    assert len(server.asked) == calls


def test_a_changing_list_without_a_count_is_incomplete(livestorm):
    workspace, cut = Workspace(60), without("record_count", "page_count")
    fresh = iter(range(1000, 2000))
    workspace.before_page = lambda number: workspace.rows.insert(0, person(next(fresh)))
    client, _, _ = livestorm(lambda asked: cut(workspace(asked)), threads=1)
    reader = client.people_pages("s1")
    assert ids(reader) and reader.is_complete is False


@pytest.mark.parametrize("rows", [0, 1, 50, 130])
@pytest.mark.parametrize(
    "missing",
    [
        ("next_page",),
        ("current_page", "previous_page", "next_page"),
        ("next_page", "page_count"),
        ("next_page", "page_count", "items_per_page"),
        ("next_page", "record_count"),
        ("next_page", "page_count", "record_count"),
        ("next_page", "page_count", "record_count", "items_per_page"),
    ],
    ids=" ".join,
)
def test_a_list_without_next_page_is_read_to_its_end(livestorm, rows, missing):
    workspace, cut = Workspace(rows), without(*missing)

    def respond(asked):
        answer = workspace(asked)
        return cut(answer) if "meta" in answer.body else answer

    client, _, _ = livestorm(respond)
    assert len(client.list_sessions()) == rows


@pytest.mark.parametrize("size", [20, 50])
@pytest.mark.parametrize("meta", [{}, None, {"record_count": 130}, {"page_count": "all"}, {"next_page": ""}])
def test_a_list_with_another_meta_is_read_to_its_end(livestorm, size, meta):
    """Without counts, a page that is not full ends the list; a server may also have smaller pages than asked for."""
    if size == 20 and meta != {"record_count": 130}:
        return
    rows = [person(number) for number in range(130)]

    def respond(asked):
        number = int(asked.query["page[number]"])
        found = rows[number * size : (number + 1) * size]
        body = {"data": found} if meta is None else {"data": found, "meta": dict(meta)}
        if meta == {"next_page": ""}:
            body["meta"] |= {"page_count": 3, "record_count": 130}
        return Answer(body) if found else refusal(400)

    client, _, _ = livestorm(respond)
    assert len(client.list_sessions()) == 130


@pytest.mark.parametrize("written", ["1", 1, 1.0, " 1 "])
def test_a_next_page_may_be_text(livestorm, written):
    rows = [person(number) for number in range(60)]

    def respond(asked):
        number = int(asked.query["page[number]"])
        meta = {"record_count": 60, "next_page": None if number else written}
        return Answer({"data": rows[number * 50 : (number + 1) * 50], "meta": meta})

    client, _, _ = livestorm(respond)
    assert len(client.list_sessions()) == 60


@pytest.mark.parametrize("meta", [{"meta": None}, {"meta": []}, {}], ids=["null", "array", "missing"])
def test_rows_without_meta_are_read_to_the_end_of_the_list(livestorm, meta):
    rows = [person(number) for number in range(60)]

    def respond(asked):
        number = int(asked.query["page[number]"])
        page = rows[number * 50 : (number + 1) * 50]
        return Answer({"data": page, **meta}) if page else Answer({"errors": []}, 400)

    client, _, _ = livestorm(respond)
    assert len(client.list_sessions()) == 60


@pytest.mark.parametrize("meta", [None, [], "", 0])
def test_an_empty_page_without_meta_is_no_empty_list(meta):
    """A gateway may answer with an empty document: nobody is removed for it."""
    with pytest.raises(ContractError):
        parse_page({"data": [], "meta": meta}, 0, "/sessions")


def test_the_recorded_meta_without_next_page_announces_the_next_page():
    meta = {"record_count": 6, "page_count": 3, "items_per_page": 2}
    rows = [{"id": str(number), "attributes": {}} for number in range(2)]
    pages = [parse_page({"data": rows, "meta": meta}, number, "/sessions") for number in range(3)]
    assert [one.next_page for one in pages] == [1, 2, None]


def test_a_null_next_page_does_not_end_a_list_that_announces_more_pages(livestorm):
    def respond(asked):
        answer = Workspace(130)(asked)
        if "meta" in answer.body:
            answer.body["meta"]["next_page"] = None
        return answer

    client, server, _ = livestorm(respond)
    assert len(client.list_sessions()) == 130 and len(server.asked) == 3


def test_a_list_that_returns_fewer_rows_than_it_announces_is_a_contract_error(livestorm):
    def respond(asked):
        answer = Workspace(50)(asked)
        answer.body["meta"]["record_count"] = 130
        return answer

    client, _, _ = livestorm(respond)
    with pytest.raises(ContractError, match="announced 130 rows of /sessions and returned 50"):
        client.list_sessions()


def test_a_server_that_ignores_the_page_number_is_a_contract_error(livestorm):
    def respond(asked):
        return Answer({"data": [person(number) for number in range(50)], "meta": {}})

    client, server, _ = livestorm(respond)
    with pytest.raises(ContractError, match="repeats the page before it"):
        client.list_sessions()
    assert len(server.asked) == 2


BAD_IDS = [["list"], {"an": "object"}, None, "", True, 1.5, "half \ud83d", "\udc00"]


@pytest.mark.parametrize("identifier", BAD_IDS, ids=repr)
def test_a_row_with_an_unusable_id_is_left_out_and_makes_the_list_incomplete(livestorm, identifier, caplog):
    workspace = Workspace(60)
    workspace.rows[7]["id"] = identifier
    client, server, _ = livestorm(workspace)
    reader = client.people_pages("s1")
    assert len(ids(reader)) == 59
    assert (reader.unreadable, reader.is_complete) == (1, False) and len(server.asked) == 2
    assert "1 rows of people are unreadable" in caplog.text
    assert len(client.list_sessions()) == 59


def test_malformed_attributes_relationships_and_included_resources_concern_their_row_only(livestorm):
    workspace = Workspace(4)
    workspace.rows[1]["attributes"] = "text"
    workspace.rows[2]["relationships"] = "text"
    tag = {"id": "tag-1", "type": "tags", "attributes": {"name": "x"}}

    def respond(asked):
        answer = workspace(asked)
        answer.body["included"] = [{"id": [], "attributes": {}}, tag, "text"]
        return answer

    client, _, _ = livestorm(respond)
    listing = client.list_events(include=["tags"])
    assert [row["id"] for row in listing.data] == ["person-0", "person-2", "person-3"]
    assert listing.included == [tag] and "relationships" not in listing.data[1]


def test_a_list_of_unreadable_rows_only_is_empty_and_its_rows_are_counted(livestorm):
    workspace = Workspace(3)
    for row in workspace.rows:
        row["id"] = ["list"]
    client, _, _ = livestorm(workspace)
    assert client.list_sessions() == []
    assert client.unreadable["sessions"] == 3


def test_counts_may_be_text(livestorm):
    def respond(asked):
        answer = Workspace(120)(asked)
        answer.body["meta"] |= {"record_count": "120", "page_count": "3"}
        return answer

    client, server, _ = livestorm(respond)
    reader = client.people_pages("s1")
    assert len(ids(reader)) == 120 and reader.is_complete and len(server.asked) == 3


def test_a_list_that_announces_millions_of_pages_and_repeats_one_ends(livestorm):
    """A wrong `page_count`, or a server that ignores page numbers, must not use up the month's calls."""
    meta = {"record_count": 10**9, "page_count": 10**8, "items_per_page": 50}
    client, server, _ = livestorm(lambda asked: Answer({"data": [person(1)], "meta": meta}))
    with pytest.raises(ContractError, match="repeats the page before it"):
        client.list_sessions()
    assert len(server.asked) < 10
