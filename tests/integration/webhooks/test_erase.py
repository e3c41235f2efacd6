"""An erasure removes the deliveries of the person from the queue and keeps all others."""

from __future__ import annotations

import pytest

from livestorm_salesforce.errors import ContractError
from livestorm_salesforce.state import erasure
from livestorm_salesforce.tasks import erase
from tests.harness.webinar import Webinar
from tests.integration.safety.test_erase import texts
from tests.integration.webhooks.conftest import Post

ADDRESS = "mallory@acme.example"


@pytest.fixture
def waiting(webinar: Webinar, post: Post) -> Webinar:
    """A person in two deliveries, one of which has only their id, and a person with a similar address."""
    for name in ("mallory", "mallory.jr"):
        webinar.register(name)
        assert post.send(post.body(webinar.session, f"{name}@acme.example")) == 204
    assert post.send(post.body(webinar.session, ADDRESS, email="m@elsewhere.example", registrant_detail=ONLY)) == 204
    assert len(post.queued) == 3
    return webinar


ONLY = {"session_id": "another-session", "fields": []}


@pytest.mark.parametrize("by", ["address", "mark"])
def test_the_deliveries_of_the_person_are_removed_and_others_are_kept(waiting: Webinar, post: Post, by: str) -> None:
    run = waiting.world.task("erase", "erase")
    assert "mallory@acme" in texts(waiting.world.store)
    result = (
        erase.erase_address(run.app, ADDRESS)
        if by == "address"
        else erase.erase_by_hmac(run.app, erase.hmac_of_address(run.app, ADDRESS))
    )
    assert (result["rows"] >= 2, result["found after"]) == (True, 0)
    (left,) = post.queued.values()
    assert left["attributes"]["email"] == "mallory.jr@acme.example"
    assert " mallory@acme" not in texts(waiting.world.store).replace('"', " ")


def test_deliveries_copied_by_a_run_are_erased_and_the_sync_continues(waiting: Webinar, post: Post) -> None:
    world = waiting.world
    world.run()
    waiting.register("mallory.sr")
    assert post.send(post.body(waiting.session, "mallory.sr@acme.example")) == 204
    world.sandbox.clock.advance(minutes=15)
    world.run()
    copies = world.task(world.last["run_id"], "").folder.folder("webhook_queue")
    assert len(copies.names()) == 1
    erase.erase_address(world.app(), "mallory.sr@acme.example")
    assert "mallory.sr" not in texts(world.store)
    world.sandbox.clock.advance(minutes=15)
    assert world.run()["verdict"] == "ok"


def test_rows_that_are_still_found_stop_the_erasure(waiting: Webinar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "erase", lambda connection, person, key: {})
    with pytest.raises(ContractError, match="still found in"):
        erase.erase_address(waiting.world.app(), ADDRESS)
