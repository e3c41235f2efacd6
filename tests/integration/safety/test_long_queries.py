"""An org that finds long queries too complicated gets everybody once all the same."""

from __future__ import annotations

from tests.harness.webinar import Webinar, members

PEOPLE = [f"person{number}" for number in range(60)]


def test_who_is_asked_for_in_parts_is_made_once_and_found_again(webinar: Webinar) -> None:
    world = webinar.world
    world.sandbox.faults.add("query_too_complicated", characters=1_000, times=1)
    for name in PEOPLE:
        webinar.register(name)
    assert world.run()["verdict"] == "ok"
    assert sorted(members(world)) == sorted(PEOPLE)
    assert len(world.org.rows("Lead")) == len(PEOPLE)
    world.org.writes.reset()
    world.sandbox.clock.advance(hours=1)
    assert world.run({"full_read": True})["verdict"] == "ok"
    assert world.org.writes.count() == 0
