"""Webhooks: body, signature, retries and disabling."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from service_sandbox import Sandbox
from service_sandbox.serving import certificates
from service_sandbox.serving.server import Tls
from tests.sandbox.conftest import START, Client
from tests.sandbox.livestorm.conftest import HOUR


class Receiver:
    """Stores deliveries; responds with each of `statuses` in turn, then with 200."""

    def __init__(self, pair: Tls | None = None) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Suppresses the log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.certificate, pair.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if pair else 'http'}://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def events(self) -> list[str]:
        return [json.loads(body)["data"]["meta"]["webhook"]["event"] for _, body in self.received]


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    sandbox.livestorm.settings.change(https_only=False, webhook_delays=(0.01, 0.01, 0.01, 0.01, 0.01))
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def until(done: Callable[[], bool]) -> None:
    """Waits at most ten seconds for a condition."""
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, "the condition was not met within 10 seconds"
        time.sleep(0.02)


def subscribe(client: Client, url: str, event: str) -> str:
    answer = client.post("/webhooks", "webhooks", url=url, event=event)
    assert answer.status_code == 201
    return answer.json()["data"]["id"]


def test_the_body_is_the_resource_and_the_signature_sha256_of_time_secret_and_body(
    client: Client, sandbox: Sandbox, session: str, receiver: Receiver
) -> None:
    subscribe(client, receiver.url, "people.registered")
    sandbox.livestorm.register(session, "hooked@acme.example", "Hook", "Ed")
    sandbox.clock.advance(seconds=2)
    until(lambda: len(receiver.received) == 1)
    headers, body = receiver.received[0]
    stamp, digest = headers["x-livestorm-signature"].split(",")
    secret = sandbox.livestorm.webhook_secret
    assert digest == hashlib.sha256(stamp.encode() + secret.encode() + body).hexdigest()
    data = json.loads(body)["data"]
    assert data["attributes"]["registrant_detail"]["session_id"] == session
    assert data["attributes"]["email"] == "hooked@acme.example"
    assert data["meta"]["webhook"]["event"] == "people.registered"


def test_events_are_delivered_when_the_clock_reaches_them(
    client: Client, sandbox: Sandbox, session: str, receiver: Receiver
) -> None:
    work = sandbox.livestorm
    for event in ("session.started", "session.ended", "people.attended", "people.not_attended",
                  "people.watched_replay"):  # fmt: skip
        subscribe(client, receiver.url, event)
    work.register(session, "came@acme.example")
    work.register(session, "away@acme.example")
    work.attend(session, "came@acme.example")
    work.view_replay(session, "away@acme.example", at=START + 9 * HOUR)
    sandbox.clock.move_to(START + HOUR + 60)
    until(lambda: receiver.events() == ["session.started"])
    sandbox.clock.move_to(START + 3 * HOUR)
    until(lambda: len(receiver.received) == 4)
    assert sorted(receiver.events()[1:]) == ["people.attended", "people.not_attended", "session.ended"]
    sandbox.clock.move_to(START + 10 * HOUR)
    until(lambda: receiver.events()[4:] == ["people.watched_replay"])


def test_failed_deliveries_are_retried_and_then_disable_the_subscription(
    client: Client, sandbox: Sandbox, session: str, receiver: Receiver
) -> None:
    receiver.statuses = [500, 503, 456]
    kept = subscribe(client, receiver.url, "people.registered")
    sandbox.livestorm.register(session, "one@acme.example")
    sandbox.clock.advance(seconds=2)
    until(lambda: len(receiver.received) == 4)
    assert [row["id"] for row in client.get("/webhooks").json()["data"]] == [kept]
    receiver.statuses = [500] * 6
    sandbox.livestorm.register(session, "two@acme.example")
    sandbox.clock.advance(seconds=2)
    until(lambda: client.get("/webhooks").json()["data"] == [])
    assert len(receiver.received) == 10
    assert sandbox.livestorm.webhooks.deliveries[-1]["disabled"] is True


def test_an_unreachable_receiver_disables_the_subscription_at_once(
    client: Client, sandbox: Sandbox, session: str, receiver: Receiver
) -> None:
    subscribe(client, "http://127.0.0.1:1/closed", "people.registered")
    sandbox.livestorm.register(session, "one@acme.example")
    sandbox.clock.advance(seconds=2)
    until(lambda: client.get("/webhooks").json()["data"] == [])
    (delivery,) = sandbox.livestorm.webhooks.deliveries
    assert (delivery["tries"], delivery["status"]) == (1, None)


def test_the_certificate_of_the_receiver_is_verified(
    client: Client, sandbox: Sandbox, session: str, tmp_path: Path
) -> None:
    """A certificate of the sandbox's CA is accepted; any other disables the subscription at once."""
    sandbox.livestorm.register(session, "one@acme.example", at=START + 60)
    known, unknown = Receiver(certificates.ensure(sandbox.directory)[1]), Receiver(certificates.ensure(tmp_path)[1])
    kept = subscribe(client, known.url, "people.registered")
    subscribe(client, unknown.url, "people.registered")
    sandbox.clock.advance(seconds=90)
    until(lambda: [row["id"] for row in client.get("/webhooks").json()["data"]] == [kept])
    until(lambda: known.events() == ["people.registered"])
    assert unknown.received == []
    for receiver in (known, unknown):
        receiver.server.shutdown()
        receiver.server.server_close()


def test_earlier_events_are_not_delivered(client: Client, sandbox: Sandbox, session: str, receiver: Receiver) -> None:
    sandbox.livestorm.register(session, "early@acme.example", at=START - 500)
    subscribe(client, receiver.url, "people.registered")
    sandbox.livestorm.register(session, "late@acme.example", at=START + 600)
    sandbox.clock.move_to(START + 700)
    until(lambda: len(receiver.received) == 1)
    assert json.loads(receiver.received[0][1])["data"]["attributes"]["email"] == "late@acme.example"


def test_subscriptions_are_listed_filtered_and_removed(client: Client) -> None:
    one = subscribe(client, "https://receiver.example/a", "session.ended")
    two = subscribe(client, "https://receiver.example/b", "session.started")
    assert {row["id"] for row in client.all("/webhooks")} == {one, two}
    assert [row["id"] for row in client.all("/webhooks", event="session.ended")] == [one]
    assert client.call("DELETE", f"/webhooks/{one}").status_code == 204
    assert client.call("DELETE", f"/webhooks/{one}").status_code == 404


@pytest.mark.parametrize(
    ("url", "event"),
    [("http://receiver.example/", "session.ended"), ("https://receiver.example/", "session.updated"), ("nowhere", "x")],
)
def test_plain_http_and_unknown_events_are_rejected(client: Client, url: str, event: str) -> None:
    assert client.post("/webhooks", "webhooks", url=url, event=event).status_code == 422
