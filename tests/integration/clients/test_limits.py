"""Limits of a response: total time and decoded size."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from contextlib import suppress

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


def answered(connections: int, *parts: bytes | float) -> int:
    """The port of a server that answers every request with these bytes, and waits where a part is a number."""

    def serve(listener: socket.socket) -> None:
        with listener:
            for _ in range(connections):
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    while connection.recv(65536):
                        for part in parts:
                            time.sleep(part) if isinstance(part, float) else connection.sendall(part)

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    return listener.getsockname()[1]


FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
@pytest.mark.parametrize("number", [1, 200])
def test_interim_responses_are_skipped_and_answer_no_request(status, number):
    interim = b"HTTP/1.1 %s\r\nLink: </x>\r\n\r\n" % status
    session, port = GuardedSession(timeout=(1, 1)), answered(1, interim * number, 0.05, FINAL)
    for _ in range(3):
        assert session.get(f"http://127.0.0.1:{port}/").json() == {}


def test_interim_responses_without_an_end_are_given_up_at_the_total_time():
    port = answered(1, *[b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.05] * 200)
    with pytest.raises(requests.RequestException) as caught:
        GuardedSession(timeout=(0.2, 0.3)).get(f"http://127.0.0.1:{port}/")
    assert classify_failure(caught.value).message == "no answer in time"


@pytest.mark.parametrize(
    ("beginning", "message"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "the connection was cut"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 8\r\n\r\n{}",
            "a header of the response is malformed",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 5000 + b"\r\n", "the connection was cut"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "the connection was cut"),
    ],
    ids=["other protocol", "two lengths", "too many headers", "not HTTP"],
)
def test_a_response_that_cannot_be_read_says_nothing_about_the_request(beginning, message):
    """The request was sent: a write may have been carried out."""
    with pytest.raises(requests.RequestException) as caught:
        GuardedSession(timeout=(1, 1)).post(f"http://127.0.0.1:{answered(1, beginning)}/")
    failure = classify_failure(caught.value)
    assert (failure.message, failure.sent, failure.permanent) == (message, True, False)


@pytest.mark.parametrize("target", [b"http://[::1", b"/", b"http://\xff\xfe/", b"file:///etc/passwd"])
def test_the_target_of_a_redirect_is_not_parsed(target):
    port = answered(1, b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % target)
    assert GuardedSession(timeout=(1, 1)).get(f"http://127.0.0.1:{port}/").status_code == 302


def test_the_body_of_a_redirect_is_limited(monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY", 1024**2)
    length = 4 * 1024**2
    port = answered(1, b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: %d\r\n\r\n" % length, b" " * length)
    with pytest.raises(ContractError, match="more than 1 MiB"):
        GuardedSession().get(f"http://127.0.0.1:{port}/")
