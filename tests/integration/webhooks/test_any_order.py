"""Deliveries that are lost, late, doubled and shuffled at random: every run still brings in all who are registered."""

from __future__ import annotations

from random import Random

import pytest

from tests.harness.webinar import Webinar
from tests.integration.webhooks.conftest import Post

TITLES = ("Analyst", "Engineer", "Head of Sales", "CTO")
STEPS = 6


class Postman:
    """Carries deliveries as badly as a seed says: at once or up to two steps later, some twice, some never."""

    def __init__(self, rng: Random) -> None:
        self._rng, self._bag = rng, []

    def take(self, step: int, body: bytes) -> None:
        for _ in range(self._rng.choice([0, 1, 1, 1, 2])):
            self._bag.append((step + self._rng.choice([0, 0, 0, 1, 2]), body))

    def due(self, step: int) -> list[bytes]:
        now = [body for when, body in self._bag if when <= step]
        self._bag = [(when, body) for when, body in self._bag if when > step]
        self._rng.shuffle(now)
        return now


@pytest.mark.parametrize("seed", range(6))
def test_after_every_run_everybody_is_in_salesforce_and_at_the_end_as_livestorm_has_them(
    webinar: Webinar, post: Post, seed: int
) -> None:
    rng, world = Random(seed), webinar.world  # noqa: S311 a repeatable draw
    postman, titles, free = Postman(rng), {}, 0
    for step in range(STEPS):
        for _ in range(rng.randint(0, 3) or (step == 0)):
            address = f"person{len(titles)}@acme.example"
            titles[address] = rng.choice(TITLES)
            webinar.register(address.split("@", maxsplit=1)[0], job_title=titles[address])
            postman.take(step, post.body(webinar.session, address))
            world.sandbox.clock.advance(seconds=40)
        if rng.random() < 0.4:
            address = rng.choice(sorted(titles))
            titles[address] = "Director"
            world.livestorm.edit_registration(webinar.session, address, job_title="Director")
            postman.take(step, post.body(webinar.session, address))
        assert {post.send(body) for body in postman.due(step)} <= {204}
        world.sandbox.clock.advance(minutes=13)
        world.sandbox.calls.reset()
        assert world.run()["verdict"] == "ok"
        free += "sessions.people" not in world.sandbox.calls.tally()["livestorm"]
        assert {row["Email"] for row in world.org.rows("CampaignMember")} == set(titles)
        assert len(world.org.rows("Lead")) == len(titles)
    assert free, "no run was spared a reading: nothing was tried"
    world.run({"full_read": True}, manual=True)
    assert {row["Email"]: row["Title"] for row in world.org.rows("Lead")} == titles
    assert post.queued == {}
