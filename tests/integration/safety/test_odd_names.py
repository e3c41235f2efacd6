"""Ids of Livestorm and of runs are data: none of them may name a place outside the run store, or another's file."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from service_sandbox.livestorm.store import Store
from tests.harness import world as worlds
from tests.harness.webinar import make_webinar

ODD = ["..\\..\\evil:*?", "...", "~root", "CON", "x" * 36, "ünï cödé", "a%2e%2e%2fb", "a%252e", "$HOME`id`", "-rf"]
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}")


def test_no_id_of_a_session_or_a_run_is_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, odd = Store.new_id, iter(ODD)

    def new_id(store: Store, table: str) -> str:
        return next(odd) if table == "sessions" else plain(store, table)

    monkeypatch.setattr(Store, "new_id", new_id)
    with worlds.open_world(tmp_path / "in") as world:
        for _ in ODD:
            make_webinar(world).register("ada")
        result = world.run(name="../../evil run/../..:+x")
        assert (result["verdict"], result["registrants"]) == ("ok", len(ODD)), result["problems"]
        assert sorted(row["Livestorm_Session_Id__c"] for row in world.org.rows("Campaign")) == sorted(ODD)
        asked = world.run({"session_ids": ODD[:4]}, manual=True, name="../../evil run/../..:-x")
        assert (asked["verdict"], asked["registrants"]) == ("ok", 4)
        kept = [path.relative_to(world.store) for path in world.store.rglob("*")]
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    assert [path for path in kept if not all(PLAIN.fullmatch(part) for part in path.parts)] == []
    known = Counter(path.parent for path in kept if path.match("runs/*/*/known_registrants/*"))
    assert sorted(known.values()) == [4, len(ODD)], "two sessions share a file"
