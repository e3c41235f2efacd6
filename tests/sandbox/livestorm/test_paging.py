"""Pages from 0, 20 by default, 50 at most, 400 past the end; lists without an order."""

from __future__ import annotations

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client


def test_meta_tells_where_a_page_stands(client: Client, crowded: str) -> None:
    meta = client.get(f"/sessions/{crowded}/people", page=1, size=50).json()["meta"]
    assert meta == {
        "current_page": 1, "previous_page": 0, "next_page": 2, "record_count": 132, "page_count": 3,
        "items_per_page": 50,
    }  # fmt: skip


def test_the_default_size_is_20_and_more_than_50_is_clamped(client: Client, crowded: str) -> None:
    plain = client.get(f"/sessions/{crowded}/people").json()
    large = client.get(f"/sessions/{crowded}/people", size=100).json()
    assert (len(plain["data"]), plain["meta"]["items_per_page"], plain["meta"]["page_count"]) == (20, 20, 7)
    assert (len(large["data"]), large["meta"]["items_per_page"], large["meta"]["page_count"]) == (50, 50, 3)


def test_an_empty_list_has_page_0_and_no_page_1(client: Client) -> None:
    empty = client.get("/sessions")
    assert (empty.status_code, empty.json()["data"], empty.json()["meta"]["page_count"]) == (200, [], 0)
    assert client.get("/sessions", page=1).status_code == 400


@pytest.mark.parametrize("params", [{"page": 3}, {"page": "x"}, {"page": -1}, {"size": 0}, {"size": "all"}])
def test_a_page_that_cannot_be_is_a_400(client: Client, crowded: str, params: dict[str, object]) -> None:
    answer = client.get(f"/sessions/{crowded}/people", **{"size": 50, **params})
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (400, "bad_request")


def test_the_last_page_has_no_next_one_and_all_pages_together_hold_everybody_once(client: Client, crowded: str) -> None:
    rows = client.every(f"/sessions/{crowded}/people", size=50)
    assert len(rows) == len({row["id"] for row in rows}) == 132


def test_lists_are_in_no_order_that_means_anything_but_come_the_same_way_twice(client: Client, crowded: str) -> None:
    path = f"/sessions/{crowded}/people"
    first, again = client.every(path, size=50), client.every(path, size=50)
    created = [row["attributes"]["created_at"] for row in first]
    assert [row["id"] for row in first] == [row["id"] for row in again]
    assert created != sorted(created)
    assert created != sorted(created, reverse=True)
    assert [row["id"] for row in client.every(path, size=20)] != [row["id"] for row in first]


def test_a_row_that_comes_in_between_two_pages_may_shift_one_onto_the_next_page(
    client: Client, sandbox: Sandbox, crowded: str
) -> None:
    """Over many newcomers the shift must happen: a client that does not count loses nobody here, but sees one twice."""
    path, doubled = f"/sessions/{crowded}/people", 0
    for number in range(12):
        first = client.get(path, size=50).json()["data"]
        sandbox.livestorm.register(crowded, f"new{number}@crowd.example", at=START)
        second = client.get(path, page=1, size=50).json()["data"]
        doubled += len({row["id"] for row in first} & {row["id"] for row in second})
    assert doubled > 0
