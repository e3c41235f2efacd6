"""A relay in front of a server that, while it stalls, lets one byte pass every few hundredths of a second."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

#: Seconds between two bytes: shorter than the wait for a byte, so that only the limit of the whole request ends it.
GAP = 0.05


class StallingRelay:
    """Relays TCP connections, also encrypted ones, from a free loopback port.

    Args:
        port: of the server.

    Attributes:
        stalls: while set, answers arrive byte by byte.
    """

    def __init__(self, port: int) -> None:
        self._target, self._closed = port, threading.Event()
        self.stalls = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        self._closed.set()
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._closed.is_set():
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                for source, target, is_answer in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass, args=(source, target, is_answer), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with suppress(OSError), source, target:
            while data := source.recv(65536):
                while data and is_answer and self.stalls.is_set() and not self._closed.wait(GAP):
                    target.sendall(data[:1])
                    data = data[1:]
                target.sendall(data)
