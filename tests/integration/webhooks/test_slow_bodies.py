"""Slow bodies of unauthenticated clients: limited in number and time, and no obstacle for a real delivery."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import HTTPException
from starlette.requests import Request

from livestorm_salesforce.web import webhook_endpoint
from livestorm_salesforce.web.body_reader import BodyReader
from tests.harness.webinar import Webinar
from tests.integration.webhooks.conftest import Post

SLOW = 1_500


def request(*chunks: bytes, then: asyncio.Event | None = None) -> Request:
    """A request whose body consists of these chunks; `then` is awaited before the end."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        if then is not None:
            await then.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def status_of(reader: BodyReader, body: Request) -> int:
    try:
        await reader.read(body)
    except HTTPException as error:
        return error.status_code
    return 200


def test_the_oldest_of_too_many_bodies_is_given_up_and_a_new_one_is_received() -> None:
    async def play() -> tuple[int, list[int], int]:
        reader, never = BodyReader(seconds=5, bodies=8), asyncio.Event()
        slow = [asyncio.create_task(status_of(reader, request(b"{", then=never))) for _ in range(SLOW)]
        await asyncio.sleep(0.2)
        pending = sum(not one.done() for one in slow)
        quick = await status_of(reader, request(b"{}"))
        never.set()
        return quick, await asyncio.gather(*slow), pending

    quick, slow, pending = asyncio.run(play())
    assert quick == 200 and pending == 8
    assert set(slow[: SLOW - 8]) == {408} and slow[-7:] == [200] * 7


def test_a_body_that_arrives_slowly_has_one_deadline_for_all_of_it() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    began = time.monotonic()
    slow = Request({"type": "http", "method": "POST", "headers": []}, receive)
    assert asyncio.run(status_of(BodyReader(seconds=0.3), slow)) == 408
    assert time.monotonic() - began < 3


class SlowClients:
    """Connections that send the headers of a delivery and one byte of its body."""

    def __init__(self, post: Post, number: int) -> None:
        context = ssl.create_default_context(cafile=post.ca)
        head = (
            "POST /livestorm-salesforce/inbox HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
            f"x-livestorm-signature: {post.signed(b'x')['x-livestorm-signature']}\r\n\r\n{{"
        )
        self._sockets = []
        for _ in range(number):
            plain = socket.create_connection(("localhost", urlsplit(post.url).port), timeout=10)
            connection = context.wrap_socket(plain, server_hostname="localhost")
            connection.sendall(head.encode())
            self._sockets.append(connection)

    def given_up(self, number: int) -> int:
        """How many of the first `number` connections are answered with 408."""
        return sum(b" 408 " in connection.recv(200) for connection in self._sockets[:number])

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()


def test_a_delivery_is_stored_while_slow_clients_hold_connections(
    post: Post, webinar: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    webinar.register("ada")
    body = post.body(webinar.session, "ada@acme.example")
    monkeypatch.setattr(webhook_endpoint, "_bodies", BodyReader(bodies=4))
    clients = SlowClients(post, 40)
    try:
        assert post.send(body) == 204
        assert clients.given_up(36) == 36
    finally:
        clients.close()
