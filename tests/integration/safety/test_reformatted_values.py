"""A flow reformats values on every save: they are not written again every week, and reported (field findings, A14)."""

from __future__ import annotations

from tests.harness.webinar import Webinar


def titles(webinar: Webinar) -> list[str]:
    return [row["Title"] for row in webinar.world.org.rows("Lead")]


def full_read(webinar: Webinar) -> dict[str, int]:
    """A full read a week later; returns the problems by code."""
    world = webinar.world
    world.sandbox.clock.advance(days=7)
    assert world.run({"full_read": True}, manual=True)["verdict"] == "ok", world.last
    return {problem["code"]: problem["count"] for problem in world.last["problems"]}


def test_a_value_that_comes_back_is_written_twice_at_most(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada", job_title="chief analyst")
    world.run()
    lead = world.record("Lead")["Id"]
    found = []
    for _ in range(4):
        world.org.edit(lead, Title="Chief Analyst")
        found.append(full_read(webinar).get("VALUE_REVERTED", 0))
    assert found == [0, 1, 1, 1]
    assert titles(webinar) == ["Chief Analyst"]


def test_a_new_answer_is_written(webinar: Webinar) -> None:
    world = webinar.world
    webinar.register("ada", job_title="chief analyst")
    world.run()
    lead = world.record("Lead")["Id"]
    for _ in range(2):
        world.org.edit(lead, Title="Chief Analyst")
        full_read(webinar)
    world.livestorm.edit_registration(webinar.session, "ada@acme.example", job_title="Director")
    assert "VALUE_REVERTED" not in full_read(webinar)
    assert titles(webinar) == ["Director"]


def test_a_value_that_another_user_changed_once_is_written(webinar: Webinar) -> None:
    """Without protect_edits an edit in Salesforce is overwritten, as before."""
    world = webinar.world
    webinar.register("ada", job_title="Analyst")
    world.run()
    for other in ("Boss", "Chief"):
        world.org.edit(world.record("Lead")["Id"], Title=other)
        full_read(webinar)
        assert titles(webinar) == ["Analyst"]
