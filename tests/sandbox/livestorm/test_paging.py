"""Pages from 0, 20 rows by default, at most 50, 400 after the last page; lists without a defined order."""

from __future__ import annotations

import pytest

from service_sandbox import Sandbox
from tests.sandbox.conftest import START, Client


def test_meta_describes_the_page(client: Client, crowded: str) -> None:
    meta = client.get(f"/sessions/{crowded}/people", page=1, size=50).json()["meta"]
    assert meta == {
        "current_page": 1, "previous_page": 0, "next_page": 2, "record_count": 132, "page_count": 3,
        "items_per_page": 50,
    }  # fmt: skip


def test_the_page_size_is_20_by_default_and_at_most_50(client: Client, crowded: str) -> None:
    plain = client.get(f"/sessions/{crowded}/people").json()
    large = client.get(f"/sessions/{crowded}/people", size=100).json()
    assert (len(plain["data"]), plain["meta"]["items_per_page"], plain["meta"]["page_count"]) == (20, 20, 7)
    assert (len(large["data"]), large["meta"]["items_per_page"], large["meta"]["page_count"]) == (50, 50, 3)


def test_an_empty_list_has_page_0_only(client: Client) -> None:
    empty = client.get("/sessions")
    assert (empty.status_code, empty.json()["data"], empty.json()["meta"]["page_count"]) == (200, [], 0)
    assert client.get("/sessions", page=1).status_code == 400


@pytest.mark.parametrize("params", [{"page": 3}, {"page": "x"}, {"page": -1}, {"size": 0}, {"size": "all"}])
def test_an_invalid_page_is_a_400(client: Client, crowded: str, params: dict[str, object]) -> None:
    answer = client.get(f"/sessions/{crowded}/people", **{"size": 50, **params})
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (400, "bad_request")


def test_all_pages_together_contain_every_person_once(client: Client, crowded: str) -> None:
    rows = client.all(f"/sessions/{crowded}/people", size=50)
    assert len(rows) == len({row["id"] for row in rows}) == 132


def test_lists_have_an_arbitrary_but_constant_order(client: Client, crowded: str) -> None:
    path = f"/sessions/{crowded}/people"
    first, again = client.all(path, size=50), client.all(path, size=50)
    created = [row["attributes"]["created_at"] for row in first]
    assert [row["id"] for row in first] == [row["id"] for row in again]
    assert created != sorted(created)
    assert created != sorted(created, reverse=True)
    assert [row["id"] for row in client.all(path, size=20)] != [row["id"] for row in first]


def test_a_row_inserted_between_two_pages_can_repeat_a_row(client: Client, sandbox: Sandbox, crowded: str) -> None:
    """With enough insertions it must happen: a client reads a row twice."""
    path, doubled = f"/sessions/{crowded}/people", 0
    for number in range(12):
        first = client.get(path, size=50).json()["data"]
        sandbox.livestorm.register(crowded, f"new{number}@crowd.example", at=START)
        second = client.get(path, page=1, size=50).json()["data"]
        doubled += len({row["id"] for row in first} & {row["id"] for row in second})
    assert doubled > 0
