"""A time limit for a whole HTTP request.

The timeout of `requests` limits the time between two bytes: a server that sends one byte every two seconds blocks a
caller for days. Here the connection is shut down at the deadline, also within headers and the TLS handshake.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_active = threading.local()


class Deadline:
    """Shuts down the connection of the request that this thread sends, after a number of seconds.

    Attributes:
        expired: True after the time has passed.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def start(self) -> None:
        """Watch the connections that this thread uses from now on."""
        _active.deadline = self
        self._timer.start()

    def detach(self) -> None:
        """Watch no further connection; the one in use stays watched."""
        _active.deadline = None

    def stop(self) -> None:
        """Release the connection."""
        self.detach()
        self._timer.cancel()
        self._replace(None)

    def watch(self, connection: socket.socket) -> None:
        """Shut down this connection at the deadline. A duplicate of its descriptor survives wrapping by TLS."""
        with contextlib.suppress(OSError):
            self._replace(socket.socket(fileno=os.dup(connection.fileno())))

    def _replace(self, connection: socket.socket | None) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = connection
            if self.expired and connection is not None:
                _shut_down(connection)

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._socket is not None:
                _shut_down(self._socket)


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _watch(connection: Any) -> None:
    deadline = getattr(_active, "deadline", None)
    if deadline is not None and connection is not None:
        deadline.watch(connection)


class _FinalResponse(http.client.HTTPResponse):
    """Skips interim responses (103 Early Hints): the standard library skips 100 only, takes another one for the
    response, and the response itself would answer the next request of the connection."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status in (100, 101) or not 100 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Watched:
    """Reports the socket of a connection to the deadline of the thread."""

    response_class: Any = _FinalResponse

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]
        _watch(connection)
        return connection

    def putrequest(self, *args: Any, **options: Any) -> None:
        _watch(self.sock)  # type: ignore[attr-defined]
        super().putrequest(*args, **options)  # type: ignore[misc]


class _WatchedHTTP(_Watched, HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class DeadlineAdapter(HTTPAdapter):
    """An adapter whose connections, also those through a proxy, obey the deadline of the thread."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        if isinstance(manager, ProxyManager):  # a SOCKS manager has pools of its own
            manager.pool_classes_by_scheme = POOLS
        return manager
