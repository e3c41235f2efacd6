"""Limits of a response: total time and decoded size."""

from __future__ import annotations

import gzip
import socket
import threading
import time

import pytest
import requests

from livestorm_salesforce.clients import http
from livestorm_salesforce.clients.http import GuardedSession, classify_failure
from livestorm_salesforce.errors import ContractError
from tests.integration.clients.scripted import Answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture
def drip():
    """Starts a server that sends a beginning at once and then one byte every 0.1 s: `port = drip(beginning)`."""
    stopped = threading.Event()
    listeners: list[socket.socket] = []

    def serve(listener: socket.socket, beginning: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(beginning)
            try:
                while not stopped.wait(0.1):
                    connection.sendall(b" ")
            except OSError:
                return

    def start(beginning: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, beginning), daemon=True).start()
        return listener.getsockname()[1]

    yield start
    stopped.set()
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    "beginning", [HEAD, b"HTTP/1.1 200 OK\r\nX-Slow: ", b""], ids=["body", "header", "status line"]
)
def test_a_response_that_arrives_byte_by_byte_ends_at_the_total_time(drip, beginning):
    session = GuardedSession(timeout=(0.2, 0.3))
    began = time.monotonic()
    with pytest.raises(requests.RequestException) as caught:
        session.get(f"http://127.0.0.1:{drip(beginning)}/")
    assert time.monotonic() - began < 5
    failure = classify_failure(caught.value)
    assert (failure.message, failure.sent, failure.permanent) == ("no answer in time", True, False)
    assert session.calls == 1


def test_a_slow_handshake_ends_at_the_total_time(drip):
    began = time.monotonic()
    with pytest.raises(requests.RequestException):
        GuardedSession(timeout=(0.2, 0.3)).get(f"https://127.0.0.1:{drip(bytes([22, 3, 3, 64, 0]))}/")
    assert time.monotonic() - began < 5


def test_a_stream_that_arrives_byte_by_byte_ends_at_the_total_time(drip):
    began = time.monotonic()
    response = GuardedSession(timeout=(0.1, 0.15)).get(f"http://127.0.0.1:{drip(HEAD)}/", stream=True)
    with response, pytest.raises(requests.RequestException):
        list(response.iter_content(65536))
    assert time.monotonic() - began < 10


def test_connections_are_reused_and_limited_again(scripted):
    server = scripted(lambda asked: Answer({"delay": 1}, delay=0.1))
    session = GuardedSession(timeout=(0.2, 0.3))
    for _ in range(12):  # longer altogether than one request may take
        assert session.get(f"http://127.0.0.1:{server.port}/").json() == {"delay": 1}
    assert threading.active_count() < 40


def test_a_compressed_body_that_expands_beyond_the_limit_is_rejected(scripted, monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY", 1024**2)
    compressed = gzip.compress(b" " * 64 * 1024**2)
    server = scripted(lambda asked: Answer(compressed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ContractError, match="more than 1 MiB"):
        GuardedSession().get(f"http://127.0.0.1:{server.port}/")


def test_a_compressed_body_within_the_limit_is_read(scripted):
    server = scripted(lambda asked: Answer(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}))
    response = GuardedSession().get(f"http://127.0.0.1:{server.port}/")
    assert response.json() == {"a": 1} and response.content == b'{"a": 1}'
