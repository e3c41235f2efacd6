"""A workspace with a webinar, whose webhooks reach the plugin's app over real HTTPS, mounted as Airflow mounts it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi import FastAPI

from livestorm_salesforce.clients.livestorm.webhook_payload import EVENTS
from livestorm_salesforce.orchestration.plugin import LivestormSalesforcePlugin
from livestorm_salesforce.state import webhook_queue
from livestorm_salesforce.web import webhook_endpoint
from livestorm_salesforce.web.app import app
from service_sandbox.livestorm import render
from service_sandbox.serving import certificates
from service_sandbox.serving.server import Server
from tests.harness import world as worlds
from tests.harness.webinar import Webinar, make_webinar

SECRET = "LIVESTORM_SALESFORCE_WEBHOOK_SECRET"
ONE_LIST = {"sessions.list": 1}


@dataclass
class Post:
    """Livestorm's side of the door.

    Attributes:
        url: of the inbox. ca: who signed its certificate.
    """

    world: worlds.World
    url: str
    ca: str

    @property
    def queued(self) -> dict[str, dict[str, Any]]:
        """Registrants in the queue by the digest of their delivery."""
        by_session = webhook_queue.read_deliveries(self.world.state).values()
        return {digest: registrant for deliveries in by_session for digest, registrant in deliveries.items()}

    def subscribe(self, *events: str) -> None:
        for event in events or EVENTS:
            self.world.livestorm.webhooks.subscribe(self.url, event)

    def pass_time(self, **step: float) -> None:
        """What happened is delivered."""
        self.world.sandbox.clock.advance(**(step or {"seconds": 2}))

    def wait_for(self, number: int) -> None:
        """Until so many deliveries lie in the inbox."""
        until(lambda: len(self.queued) == number)

    def body(self, session: str, address: str, event: str = "people.registered", **said: Any) -> bytes:
        """What Livestorm sends of a registrant as they are now; `said` goes over the resource's attributes."""
        rows = self.world.livestorm.reader.all_registrants(session)
        person = next(one for one in map(render.registrant, rows) if one["attributes"]["email"] == address)
        person["attributes"].update(said)
        return json.dumps({"data": {**person, "meta": {"webhook": {"event": event}}}}).encode()

    def signed(self, body: bytes, *, secret: str | None = None, ago: float = 0) -> dict[str, str]:
        stamp = str(int(self.world.sandbox.clock.timestamp() - ago))
        key = self.world.livestorm.webhook_secret if secret is None else secret
        digest = hashlib.sha256(stamp.encode() + key.encode() + body).hexdigest()
        return {"x-livestorm-signature": f"{stamp},{digest}", "Content-Type": "application/json"}

    def send(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        """The answer's status."""
        signed = self.signed(body) if headers is None else headers
        return requests.post(self.url, data=body, headers=signed, verify=self.ca, timeout=10).status_code


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not done():
        assert time.monotonic() < deadline, "it did not happen within 15 seconds"
        time.sleep(0.02)


def mounted() -> FastAPI:
    """The plugin's app below its prefix, as in Airflow's API server."""
    root = FastAPI()
    for entry in LivestormSalesforcePlugin.fastapi_apps:
        root.mount(entry["url_prefix"], entry["app"])
    return root


@pytest.fixture
def webinar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webinar]:
    with worlds.open_world(tmp_path) as world:
        monkeypatch.setenv(SECRET, world.livestorm.webhook_secret)
        yield make_webinar(world)


@pytest.fixture
def post(webinar: Webinar) -> Iterator[Post]:
    sandbox = webinar.world.sandbox
    ca, pair = certificates.ensure(sandbox.directory)
    sandbox.livestorm.settings.change(webhook_delays=(0.01,) * 5)
    app.dependency_overrides[webhook_endpoint.clock] = sandbox.clock.timestamp
    server = Server(mounted(), tls=pair)
    server.start()
    yield Post(webinar.world, f"https://localhost:{server.port}/livestorm-salesforce/inbox", str(ca))
    server.stop()
    app.dependency_overrides = {}


@pytest.fixture
def known(webinar: Webinar, post: Post) -> Webinar:
    """Two registrants are in Salesforce. A webhook is delivered only if the test sends it."""
    webinar.register("ada")
    webinar.register("bob")
    webinar.world.run()
    webinar.world.sandbox.clock.advance(minutes=10)
    return webinar


@pytest.fixture
def watched(known: Webinar, post: Post) -> Webinar:
    """The same; the workspace tells of everything that happens from now on."""
    post.subscribe()
    return known


def scheduled(world: worlds.World, **params: Any) -> dict[str, int]:
    """The Livestorm calls of a scheduled run."""
    world.sandbox.calls.reset()
    world.run(params or None)
    assert world.last.get("verdict") == "ok", world.last
    return world.sandbox.calls.tally().get("livestorm", {})


def members(world: worlds.World) -> set[str]:
    return {row["Email"].split("@")[0] for row in world.org.rows("CampaignMember")}
