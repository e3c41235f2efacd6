"""Behind a proxy a connection that is cut must not look like one that was refused."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from livestorm_salesforce.clients.salesforce import Create
from livestorm_salesforce.errors import OutcomeUnknown, TransientError
from tests.integration.clients.scripted import Answer


class Tunnel:
    """A proxy with CONNECT only that forwards bytes, or rejects every tunnel with `status`."""

    def __init__(self, status: int = 200) -> None:
        self._status, self._server = status, socket.create_server(("127.0.0.1", 0))
        self.port, self.tunnels = self._server.getsockname()[1], 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._server.accept()[0],), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = client.recv(65536).decode()
        client.sendall(f"HTTP/1.1 {self._status} Status\r\n\r\n".encode())
        if self._status != 200:
            client.close()
            return
        self.tunnels += 1
        target = socket.create_connection(("127.0.0.1", int(head.split()[1].rpartition(":")[2])))
        threading.Thread(target=_pass_on, args=(target, client), daemon=True).start()
        _pass_on(client, target)

    def close(self) -> None:
        self._server.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def tunnel():
    made: list[Tunnel] = []

    def make(status: int = 200) -> Tunnel:
        made.append(Tunnel(status))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_create_cut_behind_a_proxy_is_not_retried(salesforce, tunnel) -> None:
    client, server, _ = salesforce(lambda asked: Answer(cut=-1))
    proxy = tunnel()
    client._transport._session.proxies["https"] = f"http://127.0.0.1:{proxy.port}"
    with pytest.raises(OutcomeUnknown):
        client.write(Create("Lead", [{"LastName": "Byron"}]))
    assert proxy.tunnels
    assert len([asked for asked in server.asked if asked.path.endswith("/composite/sobjects")]) == 1


def test_a_write_that_the_proxy_rejects_was_not_sent(salesforce, tunnel) -> None:
    client, server, _ = salesforce(lambda asked: Answer(cut=-1))
    client._transport._session.proxies["https"] = f"http://127.0.0.1:{tunnel(407).port}"
    with pytest.raises(TransientError) as caught:
        client.write(Create("Lead", [{"LastName": "Byron"}]))
    assert type(caught.value) is TransientError
    assert not server.asked
